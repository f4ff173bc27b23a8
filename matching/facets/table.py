"""What facets count of each listing, kept by a process.

A count over 100,000 listings then takes a millisecond or two, where the database takes half a
second to walk through lists of lists. Only values that a listing carries itself are kept. Whoever
reads when listings were changed says so (:func:`note`); those that have changed since their values
were read, or are new, are read again before anything is counted. What lies around them (what a term
is part of, the kind of an organisation, the country of a region) is looked at twice a minute, and
at once where one is new. So a count is what a click then shows.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

import numpy as np
from django.db import DatabaseError

from accounts.models import Organisation, Region
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet
from matching.facets.listing_set import NOTHING, ListingSet
from matching.facets.reading import Counted, read_places
from matching.facets.value_sets import Values
from matching.sql.columns import Numbers, among, read_columns
from matching.sql.reading import reading

logger = logging.getLogger(__name__)
Value = Counted

_PORTION = 200_000  # some tables are read as a whole for each, however few are asked for
_AT_ONCE = 100_000
_LOOK = 30.0  # seconds


class _Known:
    """What a process keeps, for all its threads; ``places`` numbers the values met so far.

    ``as_of`` has the moment of each listing's values, in microseconds, by the listing's number;
    ``outdated`` are those that are known to have changed since, of all ``heard`` of.
    """

    lock: ClassVar[Lock] = Lock()
    values: ClassVar[Values] = Values()
    as_of: ClassVar[Numbers] = np.empty(0, np.int64)
    heard: ClassVar[ListingSet] = NOTHING
    outdated: ClassVar[ListingSet] = NOTHING
    places: ClassVar[dict[Value, int]] = {}
    looked: ClassVar[float] = -60.0
    around: ClassVar[tuple[str, ...]] = ("", "", "")  # changes with terms, organisations, regions
    terms: ClassVar[Mapping[int, Term]] = {}
    fields: ClassVar[Mapping[int, Term]] = {}
    kinds: ClassVar[Mapping[int, str]] = {}
    regions: ClassVar[Mapping[int, Region]] = {}


_AROUND = """
SELECT (SELECT (count(*), max(xmin::text::bigint))::text FROM achievements_term),
    (SELECT (count(*), max(xmin::text::bigint))::text FROM accounts_organisation),
    (SELECT (count(*), max(xmin::text::bigint))::text FROM accounts_region)
"""


def read_members(rows: ListingQuerySet) -> ListingSet:
    """Listings as a set; what facets count of them is read again where it is older than they."""
    listings, stamps = _moments(rows)
    note(listings, stamps)
    return ListingSet.of(listings)


def _moments(rows: ListingQuerySet) -> tuple[Numbers, Numbers]:
    """The numbers of listings, and when each was changed, in microseconds."""
    listings, stamps = read_columns(rows.order_by().values_list("pk", "updated_at"), ["i8", "i8"])
    return listings, stamps


def note(listings: Numbers, stamps: Numbers) -> None:
    """Hear when these listings were changed: values that are older are read before they count."""
    if not len(listings):
        return
    with _Known.lock:
        if listings.max() >= len(_Known.as_of):
            wide = int(listings.max() * 1.1) + 1024
            _Known.as_of = np.pad(_Known.as_of, (0, wide - len(_Known.as_of)))
        _Known.heard |= ListingSet.of(listings)
        _Known.outdated |= ListingSet.of(listings[stamps > _Known.as_of[listings]])


def keep_values() -> None:
    """Read the values of all published listings now, so that no search has to wait for it.

    100,000 take some seconds. The newest come first, and whoever searches meanwhile waits for a
    portion at most, unless what is found is not read yet. A database that is away is no error: then
    a search reads them.
    """
    try:
        listings = read_members(Listing.objects.published()).numbers()[::-1]
        for start in range(0, len(listings), _AT_ONCE):
            count_values(ListingSet.of(listings[start : start + _AT_ONCE]))
    except DatabaseError as error:
        logger.warning("values of facets not read yet: %s", type(error).__name__)


def count_values(listings: ListingSet, facets: Collection[str] | None = None) -> dict[Value, int]:
    """How many of these listings have each value, of all facets or of some, as of all that was
    heard of their changes."""
    found = _count(listings, facets)
    if any(key not in _AROUND_OF[name]() for name, key in found if name in _AROUND_OF):
        with _Known.lock:
            _look_around(now=True)
        found = _count(listings, facets)
    return found


def having(listings: ListingSet, wanted: Iterable[Callable[[], Collection[Value]]]) -> ListingSet:
    """Those of these listings that have one value of each collection wanted.

    The collections are asked for when what lies around listings is up to date.
    """
    values, known = _fresh(listings)
    for collection in wanted:
        asked = np.zeros(len(known), np.bool_)
        asked[[known[value] for value in collection() if value in known]] = True
        listings &= values.having(asked)
    return listings


def _count(listings: ListingSet, facets: Collection[str] | None) -> dict[Value, int]:
    values, known = _fresh(listings)
    wanted = np.array([facets is None or facet in facets for facet, _key in known], np.bool_)
    counts = values.count(listings, wanted).tolist()
    return {value: counts[place] for value, place in known.items() if counts[place]}


def _look_around(*, now: bool = False) -> None:
    """Bring what lies around listings up to date; one short statement twice a minute."""
    if not now and monotonic() < _Known.looked + _LOOK:
        return
    with reading().cursor() as cursor:
        cursor.execute(_AROUND)
        around = tuple(cursor.fetchone())
    changed = [now != then for now, then in zip(around, _Known.around, strict=True)]
    if changed[0]:
        _look_at_terms()
    if changed[1]:
        _Known.kinds = dict(Organisation.objects.order_by().values_list("pk", "kind"))
    if changed[2]:
        regions = Region.objects.select_related("parent").order_by("parent__code", "code")
        _Known.regions = {region.pk: region for region in regions}
    _Known.around, _Known.looked = around, monotonic()


def _look_at_terms() -> None:
    """Read the vocabulary; all values too where a term has become part of another one."""
    terms = {term.pk: term for term in Term.objects.select_related("scheme", "parent")}
    known = _Known.terms.items()
    if any(key in terms and terms[key].parent_id != was.parent_id for key, was in known):
        _Known.values, _Known.outdated = Values(), _Known.heard
        _Known.as_of = np.zeros_like(_Known.as_of)
    fields = Term.objects.fields().values_list("pk", flat=True)
    _Known.terms, _Known.fields = terms, {key: terms[key] for key in fields if key in terms}


def organisation_kinds() -> Mapping[int, str]:
    """The kind of each organisation, as of the latest count."""
    return _Known.kinds


def regions() -> Mapping[int, Region]:
    """All regions by number, provinces by country, as of the latest count."""
    return _Known.regions


def fields() -> Mapping[int, Term]:
    """All terms that are fields, with scheme and parent, as of the latest count."""
    return _Known.fields


def terms(wanted: Collection[int]) -> Mapping[int, Term]:
    """All terms by number, with scheme and parent; as they were at most half a minute ago, and now
    where one that is wanted is new."""
    with _Known.lock:
        _look_around()
        if not _Known.terms.keys() >= set(wanted):
            _look_around(now=True)
        return _Known.terms


def _fresh(listings: ListingSet) -> tuple[Values, dict[Value, int]]:
    """The values of all listings, those of these ones up to date."""
    with _Known.lock:
        _look_around()
        if len(listings & _Known.outdated):
            _look_around(now=True)
            _read((listings & _Known.outdated).numbers())
        return _Known.values, dict(_Known.places)


def _read(listings: Numbers) -> None:
    """Read the values of these listings.

    The moments first: what changes in between is then heard of as changed. Whoever was removed in
    the meantime has no values.
    """
    owners, places = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for start in range(0, len(listings), _PORTION):
        portion = listings[start : start + _PORTION]
        there, moments = _moments(Listing.objects.filter(among(portion)))
        order = np.argsort(there)
        there, moments = there[order], moments[order]
        rows, found = read_places(there, _place_of)
        owners.append(there[rows].astype(np.int32))
        places.append(found)
        _Known.as_of[there] = moments
    read = ListingSet.of(listings)
    _Known.values = _Known.values.with_changed(read, np.concatenate(owners), np.concatenate(places))
    _Known.outdated -= read


def _place_of(value: Value) -> int:
    return _Known.places.setdefault(value, len(_Known.places))


_AROUND_OF: Mapping[str, Callable[[], Mapping[int, Any]]] = {
    "organisation": organisation_kinds,
    "anonymous": organisation_kinds,
    "region": regions,
}
