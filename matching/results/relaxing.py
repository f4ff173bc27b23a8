"""What a search with hardly a result finds when one part of it is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, IntegerField, Value
from django.http import QueryDict

from achievements.querysets import ListingQuerySet
from matching.filtersets import SearchFilterSet
from matching.search.typed_filters import Typed
from matching.vectors.nearness import deviations

FEW = 3  # with fewer results a search says what is in its way
MOST_NEAREST = 3
WORTH_SHOWING = 1.0  # deviations above the mean from which the nearest are shown at all
_NEVER_DROPPED = ("q", "kind", "ordering", "currency", "page", "page_size", "format")
_MOST_STEPS = 8


@dataclass(frozen=True)
class Step:
    """One part left out: ``part`` names it, ``address`` is the query string without it."""

    dropped: str  # phrase, excluded, filter, filters
    part: str
    address: str
    count: int = 0


def relaxed(search: SearchFilterSet, count: int) -> list[Step]:
    """Ways to find more than the ``count`` results of a valid search, each with what it finds.

    Without the quotation marks, with what is excluded, without the filter that is most in the way
    and without all of them; those that find no more are left out. One statement, none when the
    search has nothing to leave out.
    """
    steps = _steps(search)[:_MOST_STEPS]
    if not steps:
        return []
    parts = [
        rows.order_by().values(step=Value(place, IntegerField())).annotate(n=Count("pk"))
        for place, (_step, rows) in enumerate(steps)
    ]
    counts = dict(parts[0].union(*parts[1:], all=True).values_list("step", "n"))
    found = [
        replace(step, count=counts.get(place, 0))
        for place, (step, _rows) in enumerate(steps)
        if counts.get(place, 0) > count
    ]
    filters = sorted((one for one in found if one.dropped == "filter"), key=lambda one: -one.count)
    best = filters[0].count if filters else 0
    return (
        [one for one in found if one.dropped in ("phrase", "excluded")]
        + filters[:1]
        + [one for one in found if one.dropped == "filters" and one.count > best]
    )


def nearest(search: SearchFilterSet) -> ListingQuerySet:
    """The listings nearest in meaning that fit the filters, though they do not fit the words."""
    query = search.text_query
    if query is None or query.vector is None:
        return search.queryset.none()
    open_query = replace(search.query, phrases=(), loose=False)
    rows = search.found(query=open_query)
    rows = rows.annotate(nearness=deviations(query.vector, query.scales, "index_entry__"))
    return rows.filter(nearness__gte=WORTH_SHOWING).order_by("-nearness", "-pk")[:MOST_NEAREST]


def _steps(search: SearchFilterSet) -> list[tuple[Step, ListingQuerySet]]:
    query = search.query
    steps: list[tuple[Step, ListingQuerySet]] = []

    def add(dropped: str, part: str, changes: dict[str, Any], **without: Any) -> None:
        address = _address(search, changes)
        steps.append((Step(dropped, part, address), search.found(**without)))

    if query.phrases:
        bare = replace(query, phrases=(), loose=True)
        text = query.without(*query.phrases, bare=True)
        add("phrase", _listed([one.source for one in query.phrases]), {"q": text}, query=bare)
    if query.excluded:
        kept = replace(query, excluded=())
        text = query.without(*query.excluded)
        add("excluded", _listed([one.source for one in query.excluded]), {"q": text}, query=kept)
    pieces = dict.fromkeys(one.piece for one in search.typed.applied)
    for piece in pieces:
        others = tuple(one for one in search.typed.applied if one.piece != piece)
        less = Typed(others, search.typed.hints)
        add("filter", piece.source, {"q": query.without(piece)}, typed=less)
    names = _chosen(search)
    for name in names:
        label = str(search.form.fields[name].label)
        add("filter", label, {name: None}, leaving_open=[name])
    if len(names) + len(pieces) > 1:
        changes: dict[str, Any] = dict.fromkeys(names) | {"q": query.without(*pieces)}
        none = Typed((), search.typed.hints)
        add("filters", "", changes, leaving_open=names, typed=none)
    return steps


def _chosen(search: SearchFilterSet) -> list[str]:
    """Parameters that narrow the search, in the order of the form."""
    values = search.form.cleaned_data
    return [name for name in values if name not in _NEVER_DROPPED and _is_set(values[name])]


def _is_set(value: Any) -> bool:
    return value not in (None, "", [], ()) and (not hasattr(value, "exists") or len(value) > 0)


def _listed(parts: Sequence[str]) -> str:
    return " ".join(parts)


def _address(search: SearchFilterSet, changes: dict[str, Any]) -> str:
    given = QueryDict(mutable=True)
    for name in search.filters:
        values = search.data.getlist(name) if hasattr(search.data, "getlist") else []
        given.setlist(name, [value for value in values if value])
    for name, value in changes.items():
        given.setlist(name, [value] if value else [])
    return given.urlencode()
