"""What the prefixes of a typed query mean: the same filters as their facets, on the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Organisation
from achievements.filtersets.common import known_organisations
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet
from matching.search.phrases import containing
from matching.search.query_syntax import Hint, Piece, Query, TypedFilter
from matching.text.tokens import fold

_MOST_ORGANISATIONS = 200
_JOINED = ("kind", "field", "organisation")  # several of one kind widen, as in their facets


@dataclass(frozen=True)
class Applied:
    """A typed filter as it is applied: the FilterSet's filter and a value it takes.

    ``impossible``: it names nothing that is known, so nothing fits it.
    """

    piece: Piece
    name: str
    value: Any
    impossible: bool = False


@dataclass(frozen=True)
class Typed:
    """The filters of a query that were understood, and what is to be said about the others."""

    applied: tuple[Applied, ...]
    hints: tuple[Hint, ...]


def read_typed(query: Query, search: Any) -> Typed:
    """The typed filters of a query as values of a valid FilterSet's filters.

    One short statement for each organisation or class that is named, none otherwise.
    """
    applied: list[Applied] = []
    hints = list(query.hints)
    for one in query.filters:
        for name, raw in one.values.items():
            if name == "organisation":
                found = _organisations(raw, search.request)
                if not found:
                    hints.append(_no_organisation(one))
                applied.append(Applied(one.piece, name, found, not found))
            elif name == "field":
                terms, hint = _classes(one, raw)
                hints += [hint] if hint else []
                applied += [Applied(one.piece, name, terms)] if terms else []
            else:
                several = name in _JOINED
                value = search.form.fields[name].clean([raw] if several else raw)
                applied.append(Applied(one.piece, name, value))
    return Typed(tuple(applied), tuple(hints))


def narrow(rows: ListingQuerySet, query: Query, typed: Typed, filters: Any) -> ListingQuerySet:
    """Those of the rows that fit the typed filters, contain all phrases and nothing excluded."""
    wanted = [one for one in typed.applied if not one.piece.excluded]
    for name in _JOINED:
        same = [one for one in wanted if one.name == name]
        values = [value for one in same for value in one.value]
        if values:
            rows = filters[name].filter(rows, values)
        elif same:
            rows = rows.none()
    for one in wanted:
        if one.name not in _JOINED:
            rows = filters[one.name].filter(rows, one.value)
    rows = _without(rows, typed.applied, filters)
    for phrase in query.phrases:
        rows = rows.filter(pk__in=containing(phrase.text).values("pk"))
    for excluded in query.excluded:
        entries = containing(excluded.text, meaningless=False)
        rows = rows.exclude(pk__in=entries.values("pk"))
    return rows


def _without(rows: ListingQuerySet, applied: Sequence[Applied], filters: Any) -> ListingQuerySet:
    """Exclude what fits an excluded filter; the two ends of one range are one filter."""
    excluded = [one for one in applied if one.piece.excluded and not one.impossible]
    for piece in dict.fromkeys(one.piece for one in excluded):
        fitting: Any = Listing.objects.all()
        for one in excluded:
            if one.piece == piece:
                fitting = filters[one.name].filter(fitting, one.value)
        rows = rows.exclude(pk__in=fitting.order_by().values("pk"))
    return rows


def _organisations(name: str, request: Any) -> list[Organisation]:
    """Those a user may know whose short name this is, or else whose name has a word like this."""
    known = known_organisations(request)
    folded = fold(name)
    named = Q(slug__iexact=folded) | Q(name_zh__icontains=folded) | Q(name_zh__icontains=name)
    named |= Q(name_en__istartswith=folded) | Q(name_en__icontains=f" {folded}")
    found = list(known.filter(named).order_by("pk")[:_MOST_ORGANISATIONS])
    return [one for one in found if one.slug == folded.lower()] or found


def _no_organisation(one: TypedFilter) -> Hint:
    text = _("No organisation of this name is known here: try a part of it, in either language.")
    return Hint(one.piece.source, text)


def _classes(one: TypedFilter, key: str) -> tuple[list[Term], Hint | None]:
    """The class, or the nearest above it that is in use here."""
    code = key.removeprefix("ipc:").partition("/")[0]
    above = {code[:length] for length in range(1, len(code) + 1)}
    rows = Term.objects.fields().filter(scheme__code="ipc", code__in=above)
    found = sorted(rows, key=lambda term: len(term.code))[-1:]
    if not found:
        text = _("No class of this symbol is in use here: try a shorter one, such as ipc:H.")
        return [], Hint(one.piece.source, text)
    if found[0].code == key.removeprefix("ipc:"):
        return found, None
    text = _("Classes are in use down to %(code)s here, so this finds all of %(code)s.")
    return found, Hint(one.piece.source, text % {"code": found[0].code})
