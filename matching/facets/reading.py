"""The values that facets count, read from the database as numbers.

Objects for 100,000 listings take seconds, arrays a fraction: so one statement gives number, facet
and value of all, the words among the values as hashes. What a hash stands for is asked once.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

import numpy as np
from django.db.models import BigIntegerField, Case, F, Func, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce
from numpy.typing import NDArray

from achievements.models import Listing, Term
from matching.sql.columns import Numbers, among, as_text, is_one_of
from matching.sql.statements import Statement, slot

Counted = tuple[str, Any]  # the facet, and the value: a word or the number of a row
Places = NDArray[np.int32]


class _Unnest(Func):
    """The elements of a list, a row for each."""

    function = "unnest"
    set_returning = True
    output_field = TextField()


# A row of some other table, or a level: numbers as they are. Nobody may know whose an anonymous
# demand is, so its organisation is counted apart.
_NUMBERS: Mapping[str, Combinable] = {
    "organisation": Case(When(disclosure="anonymous", then=None), default=F("organisation_id")),
    "anonymous": Case(When(disclosure="anonymous", then=F("organisation_id"))),
    "region": F("region_id"),
    "trl": Coalesce("achievement__trl", "demand__trl_min"),
    "term": F("fields__pk"),
}
_WORDS: Mapping[str, Combinable] = {
    "kind": F("kind"),
    "result_kind": F("achievement__result_kind"),
    "availability": F("expert__availability"),
    "ip_status": F("achievement__ip_rights__status"),
    "ip_kind": F("achievement__ip_rights__kind"),
    "transfer_mode": _Unnest("achievement__transfer_modes"),
    "cooperation_mode": _Unnest("demand__cooperation_modes"),
    "service": _Unnest("expert__services"),
    "language": _Unnest("expert__languages"),
}
_FACETS = (*_NUMBERS, *_WORDS)


class _Known:
    """The words that hashes stand for, as met by this process."""

    words: ClassVar[dict[int, str]] = {}


def read_places(listings: Numbers, place_of: Callable[[Counted], int]) -> tuple[Places, Places]:
    """The values of listings, given ascending: of each the row and the place, each pair once.

    A term counts for all that it is part of. ``place_of`` numbers the values. One statement, and
    one for each facet with a word that this process never met before.
    """
    owners, facets, codes = _values().columns(["i8", "i8", "i8"], listings=as_text(listings))
    pairs = [np.empty(0, np.int64)]
    for number in np.unique(facets).tolist():
        name, own = _FACETS[number], facets == number
        rows, given = np.searchsorted(listings, owners[own]), codes[own]
        if name == "term":
            rows, given = _with_lines(rows, given)
        known, first, which = np.unique(given, return_index=True, return_inverse=True)
        values = known.tolist()
        if name in _WORDS:
            values = _as_words(name, values, listings[rows[first]])
        places = np.array([place_of((name, one)) if one else -1 for one in values], np.int64)
        there = places[which] >= 0
        pairs.append((rows[there] << 32) + places[which][there])
    each = np.unique(np.concatenate(pairs))
    return (each >> 32).astype(np.int32), (each & 0xFFFFFFFF).astype(np.int32)


@cache
def _values() -> Statement:
    asked = is_one_of(slot("listings", "bigint[]"))
    parts = [_part(name).filter(asked).values_list("pk", "facet", "code") for name in _FACETS]
    return Statement(parts[0].union(*parts[1:], all=True))


def _part(name: str) -> QuerySet:
    """Listings with each of their values in one facet, as a number."""
    number = Cast(Value(_FACETS.index(name)), BigIntegerField())
    if name in _NUMBERS:
        code: Any = Cast(_NUMBERS[name], BigIntegerField())
    else:
        arguments = (_WORDS[name], Value(0))
        code = Func(*arguments, function="hashtextextended", output_field=BigIntegerField())
    rows = Listing.objects.order_by().annotate(facet=number, code=code)
    return rows if isinstance(_WORDS.get(name), _Unnest) else rows.filter(code__isnull=False)


def _as_words(name: str, hashes: list[int], examples: Numbers) -> list[str]:
    """What the hashes stand for; those met for the first time are looked up in an example each."""
    new = [pk for pk, one in zip(examples.tolist(), hashes, strict=True) if one not in _Known.words]
    if new:
        rows = _part(name).filter(among(new)).annotate(word=_WORDS[name])
        _Known.words.update(rows.values_list("code", "word"))
    return [_Known.words.get(one, "") for one in hashes]


def _with_lines(rows: NDArray[np.intp], terms: Numbers) -> tuple[NDArray[np.intp], Numbers]:
    """Rows and their terms, with all that these are part of."""
    parents = dict(Term.objects.values_list("pk", "parent_id"))
    known, which = np.unique(terms, return_inverse=True)
    lines = [np.fromiter(_line(term, parents), np.int64) for term in known.tolist()]
    sizes = np.array([len(line) for line in lines])[which]
    flat = np.concatenate([lines[one] for one in which.tolist()])
    return np.repeat(rows, sizes), flat


def _line(term: int, parents: Mapping[int, int | None]) -> Iterator[int]:
    step: int | None = term
    while step is not None:
        yield step
        step = parents.get(step)
