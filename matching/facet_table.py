"""What facets count of each listing, kept by a process as arrays.

A count over 100,000 listings then takes milliseconds, where the database takes half a second to
walk through lists of lists. Only values that a listing carries itself are kept, with the moment
they are of; a listing that has changed since, or is new, is read again before anything is counted.
What lies around them (what a term is part of, the kind of an organisation, the country of a region)
is looked at twice a minute, and at once where one is new. So a count is what a click then shows.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

import numpy as np
from django.db import DatabaseError
from numpy.typing import NDArray

from accounts.models import Organisation, Region
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet
from matching.columns import Numbers, among, read_columns
from matching.facet_reading import Counted, Places, read_places
from matching.reading import reading

logger = logging.getLogger(__name__)
Value = Counted

_PORTION = 20_000
_LOOK = 30.0  # seconds


@dataclass(frozen=True)
class _Rows:
    """Listings ascending, when each was changed, and the places of its values, side by side."""

    listings: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    stamps: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    owners: Places = field(default_factory=lambda: np.empty(0, np.int32))  # row of each value
    places: Places = field(default_factory=lambda: np.empty(0, np.int32))


class _Known:
    """What a process keeps, for all its threads; ``places`` numbers the values met so far."""

    lock: ClassVar[Lock] = Lock()
    rows: ClassVar[_Rows] = _Rows()
    places: ClassVar[dict[Value, int]] = {}
    looked: ClassVar[float] = -60.0
    around: ClassVar[tuple[str, ...]] = ("", "", "")  # changes with terms, organisations, regions
    fields: ClassVar[Mapping[int, Term]] = {}
    kinds: ClassVar[Mapping[int, str]] = {}
    regions: ClassVar[Mapping[int, Region]] = {}


_AROUND = """
SELECT (SELECT (count(*), max(xmin::text::bigint))::text FROM achievements_term),
    (SELECT (count(*), max(xmin::text::bigint))::text FROM accounts_organisation),
    (SELECT (count(*), max(xmin::text::bigint))::text FROM accounts_region)
"""


def read_members(rows: ListingQuerySet) -> tuple[Numbers, Numbers]:
    """The numbers of listings, ascending, and when each was changed."""
    listings, stamps = read_columns(rows.order_by().values_list("pk", "updated_at"), ["i8", "i8"])
    order = np.argsort(listings)
    return listings[order], stamps[order]


def keep_values() -> None:
    """Read the values of all published listings now, so that no search has to wait for it.

    100,000 take some seconds. A database that is away is no error: then a search reads them.
    """
    try:
        count_values(*read_members(Listing.objects.published()))
    except DatabaseError as error:
        logger.warning("values of facets not read yet: %s", type(error).__name__)


def count_values(listings: Numbers, stamps: Numbers) -> dict[Value, int]:
    """How many of these listings, ascending, have each value; as of at least these moments."""
    found = _count(listings, stamps)
    if any(key not in _AROUND_OF[name]() for name, key in found if name in _AROUND_OF):
        with _Known.lock:
            _look_around(now=True)
        found = _count(listings, stamps)
    return found


def having(
    listings: Numbers, stamps: Numbers, wanted: Iterable[Callable[[], Collection[Value]]]
) -> NDArray[np.bool_]:
    """Which of these listings, ascending, have one value of each collection wanted.

    The collections are asked for when what lies around listings is up to date.
    """
    rows, known = _fresh(listings, stamps)
    at = np.searchsorted(rows.listings, listings)
    fits = np.ones(len(listings), np.bool_)
    for values in wanted:
        asked = np.zeros(len(known), np.bool_)
        asked[[known[value] for value in values() if value in known]] = True
        has = np.zeros(len(rows.listings), np.bool_)
        has[rows.owners[asked[rows.places]]] = True
        fits &= has[at]
    return fits


def _count(listings: Numbers, stamps: Numbers) -> dict[Value, int]:
    rows, known = _fresh(listings, stamps)
    chosen = np.zeros(len(rows.listings), np.bool_)
    chosen[np.searchsorted(rows.listings, listings)] = True
    counts = np.bincount(rows.places[chosen[rows.owners]], minlength=len(known))
    return {value: int(counts[place]) for value, place in known.items() if counts[place]}


def _look_around(*, now: bool = False) -> None:
    """Bring what lies around listings up to date; one short statement twice a minute."""
    if not now and monotonic() < _Known.looked + _LOOK:
        return
    with reading().cursor() as cursor:
        cursor.execute(_AROUND)
        around = tuple(cursor.fetchone())
    changed = [now != then for now, then in zip(around, _Known.around, strict=True)]
    if changed[0]:
        _Known.rows = _Rows()
        fields = Term.objects.fields().select_related("scheme", "parent")
        _Known.fields = {term.pk: term for term in fields}
    if changed[1]:
        _Known.kinds = dict(Organisation.objects.order_by().values_list("pk", "kind"))
    if changed[2]:
        regions = Region.objects.select_related("parent").order_by("parent__code", "code")
        _Known.regions = {region.pk: region for region in regions}
    _Known.around, _Known.looked = around, monotonic()


def organisation_kinds() -> Mapping[int, str]:
    """The kind of each organisation, as of the latest count."""
    return _Known.kinds


def regions() -> Mapping[int, Region]:
    """All regions by number, provinces by country, as of the latest count."""
    return _Known.regions


def fields() -> Mapping[int, Term]:
    """All terms that are fields, with scheme and parent, as of the latest count."""
    return _Known.fields


def _fresh(listings: Numbers, stamps: Numbers) -> tuple[_Rows, dict[Value, int]]:
    """The rows with all of these in them, none older than its moment."""
    with _Known.lock:
        _look_around()
        missing = listings[~_is_fresh(_Known.rows, listings, stamps)]
        if len(missing):
            _look_around(now=True)
            missing = listings[~_is_fresh(_Known.rows, listings, stamps)]
        rows = _Known.rows
        if len(missing):
            for start in range(0, len(missing), _PORTION):
                rows = _with(rows, missing[start : start + _PORTION])
            rows = _with_gone(rows, listings, stamps)
            _Known.rows = rows
        return rows, dict(_Known.places)


def _is_fresh(rows: _Rows, listings: Numbers, stamps: Numbers) -> NDArray[np.bool_]:
    if not len(rows.listings):
        return np.zeros(len(listings), np.bool_)
    at = np.minimum(np.searchsorted(rows.listings, listings), len(rows.listings) - 1)
    fresh: NDArray[np.bool_] = (rows.listings[at] == listings) & (rows.stamps[at] >= stamps)
    return fresh


def _with(rows: _Rows, missing: Numbers) -> _Rows:
    """These rows with some of them read anew.

    The moments first: what changes in between is then read again.
    """
    fresh, moments = read_members(Listing.objects.filter(among(missing)))
    owners, places = read_places(fresh, _place_of)
    return _joined(rows, fresh, moments, owners, places)


def _place_of(value: Value) -> int:
    return _Known.places.setdefault(value, len(_Known.places))


def _with_gone(rows: _Rows, listings: Numbers, stamps: Numbers) -> _Rows:
    """Whoever was removed in the meantime has no values."""
    gone = listings[~np.isin(listings, rows.listings)]
    nothing = np.empty(0, np.int32)
    return _joined(rows, gone, np.zeros(len(gone), np.int64), nothing, nothing)


def _joined(
    rows: _Rows, listings: Numbers, stamps: Numbers, owners: Places, places: Places
) -> _Rows:
    """Rows with others beside them or in their place; ``owners`` count from the first of those."""
    stays = ~np.isin(rows.listings, listings)
    numbers = np.concatenate([rows.listings[stays], listings])
    order = np.argsort(numbers)
    moved = np.empty(len(order), np.int32)
    moved[order] = np.arange(len(order), dtype=np.int32)
    renumbered = np.cumsum(stays, dtype=np.int32) - 1
    kept = stays[rows.owners]
    first = np.int32(stays.sum())
    return _Rows(
        numbers[order],
        np.concatenate([rows.stamps[stays], stamps])[order],
        moved[np.concatenate([renumbered[rows.owners[kept]], owners + first])],
        np.concatenate([rows.places[kept], places]),
    )


_AROUND_OF: Mapping[str, Callable[[], Mapping[int, Any]]] = {
    "organisation": organisation_kinds,
    "anonymous": organisation_kinds,
    "region": regions,
}
