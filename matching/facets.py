"""Facets: how many results each value of a filter would leave.

A value's count is what choosing it, in place of what is chosen in the same facet, then shows:
all other filters apply.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import (
    BigIntegerField,
    Count,
    F,
    Func,
    QuerySet,
    TextChoices,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import localized
from accounts.models import Organisation, Region
from achievements.filtersets.inputs import term_key
from achievements.models import Achievement, Demand, Expert, IPRight, Listing, Term
from achievements.querysets import ListingQuerySet
from matching.filtersets import SearchFilterSet

Label = str | Promise
_MOST_VALUES = 30


@dataclass(frozen=True)
class FacetValue:
    """One value with the number of results it leaves."""

    value: str
    label: Label
    count: int
    selected: bool


@dataclass(frozen=True)
class Facet:
    """A filter with its values, those that leave results and those chosen."""

    name: str
    label: Label
    values: tuple[FacetValue, ...] = field(default_factory=tuple)


Counter = Callable[[SearchFilterSet, ListingQuerySet], QuerySet]
Labels = Callable[[Iterable[str]], dict[str, Label]]
_KEY = TextField()


def _counts(rows: QuerySet, key: Combinable | F, counted: str = "pk") -> QuerySet:
    """Pairs of a key, as text, and the number of listings with it."""
    keyed = rows.order_by().annotate(key=Cast(key, _KEY))
    return keyed.values_list("key").annotate(n=Count(counted, distinct=counted != "pk"))


def _column(path: str) -> Counter:
    """Counts by a column of one value."""

    def count(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
        return _counts(rows, F(path))

    return count


def _items(path: str) -> Counter:
    """Counts by the items of a list."""

    def count(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
        return _counts(rows, Func(F(path), function="unnest", output_field=_KEY))

    return count


def _ip_status(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
    rights = IPRight.objects.filter(achievement__in=rows.values("pk"))
    return _counts(rights, F("status"), "achievement")


def _organisation_kind(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
    """Anonymous demands are counted for nobody but those who may know."""
    return _counts(rows.organisation_known_to(search.user), F("organisation__kind"))


def _regions(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
    """Countries count their parts."""
    lines = Func(
        F("region__code"),
        F("region__parent__code"),
        template="unnest(ARRAY[%(expressions)s])",
        output_field=_KEY,
    )
    return _counts(rows, lines)


def _fields(search: SearchFilterSet, rows: ListingQuerySet) -> QuerySet:
    """By the number of the term; a term counts each listing at or below it once."""
    lines = Func(
        F("term_id"),
        F("term__parent_id"),
        F("term__parent__parent_id"),
        template="unnest(ARRAY[%(expressions)s])",
        output_field=BigIntegerField(),
    )
    through: Any = Listing.fields.through
    return _counts(through.objects.filter(listing__in=rows.values("pk")), lines, "listing")


def _choices(choices: type[TextChoices]) -> Labels:
    """Labels of a closed list, in its order."""

    def labels(values: Iterable[str]) -> dict[str, Label]:
        wanted = set(values)
        return {value: label for value, label in choices.choices if value in wanted}

    return labels


def _region_labels(values: Iterable[str]) -> dict[str, Label]:
    rows = Region.objects.filter(code__in=list(values)).order_by("parent__code", "code")
    return {row.code: localized(row, "name") for row in rows}


@dataclass(frozen=True)
class _Definition:
    """One facet: the parameter it sets, its heading, and how values are counted and named."""

    name: str
    label: Label
    count: Counter
    labels: Labels


_DEFINITIONS = (
    _Definition("kind", _("Kind"), _column("kind"), _choices(Listing.Kind)),
    _Definition(
        "result_kind",
        _("Result or project"),
        _column("achievement__result_kind"),
        _choices(Achievement.ResultKind),
    ),
    _Definition(
        "transfer_mode",
        _("Mode of transfer"),
        _items("achievement__transfer_modes"),
        _choices(Achievement.TransferMode),
    ),
    _Definition(
        "cooperation_mode",
        _("Mode of cooperation"),
        _items("demand__cooperation_modes"),
        _choices(Demand.CooperationMode),
    ),
    _Definition(
        "service", _("Service offered"), _items("expert__services"), _choices(Expert.Service)
    ),
    _Definition("region", _("Region"), _regions, _region_labels),
    _Definition(
        "organisation_kind",
        _("Kind of organisation"),
        _organisation_kind,
        _choices(Organisation.Kind),
    ),
    _Definition("ip_status", _("IP status"), _ip_status, _choices(IPRight.Status)),
)


def facets_of(search: SearchFilterSet) -> list[Facet]:
    """All facets of a valid search, each with the values that leave results, in fixed order.

    One statement counts everything, whatever the number of facets; one more names regions and
    one names terms.
    """
    counts = _all_counts(search)
    found = [_field_facet(search, counts["field"])]
    for definition in _DEFINITIONS:
        own = counts[definition.name]
        chosen = _chosen(search, definition.name)
        keys = [key for key, n in own.items() if key and n] + sorted(chosen)
        values = tuple(
            FacetValue(key, label, own.get(key, 0), key in chosen)
            for key, label in definition.labels(keys).items()
        )
        found.append(Facet(definition.name, definition.label, values))
    found.sort(key=lambda facet: facet.name != "kind")
    return [facet for facet in found if facet.values]


def _all_counts(search: SearchFilterSet) -> dict[str, dict[str, int]]:
    """For each facet the number of listings by key."""
    counters = {"field": _fields} | {one.name: one.count for one in _DEFINITIONS}
    parts = [
        count(search, search.found(leaving_open=[name])).annotate(facet=Value(name, _KEY))
        for name, count in counters.items()
    ]
    counts: dict[str, dict[str, int]] = {name: {} for name in counters}
    for key, n, name in parts[0].union(*parts[1:], all=True):
        if key:
            counts[name][key] = n
    return counts


def _chosen(search: SearchFilterSet, name: str) -> set[str]:
    values = search.data.getlist(name) if hasattr(search.data, "getlist") else []
    return set(values)


def _field_facet(search: SearchFilterSet, counts: dict[str, int]) -> Facet:
    """First-level fields; below a chosen one also its parts."""
    chosen = {term.pk for term in search.form.cleaned_data.get("field") or ()}
    keys = {int(key) for key in counts} | chosen
    terms = {
        term.pk: term
        for term in Term.objects.fields().filter(pk__in=keys).select_related("scheme", "parent")
    }
    opened = {key for pk in chosen if pk in terms for key in (pk, terms[pk].parent_id)}
    shown = [
        term
        for term in terms.values()
        if term.parent_id is None or term.pk in chosen or term.parent_id in opened
    ]
    shown.sort(key=lambda term: (term.scheme.code != "hightech", term.scheme.code, term.code))
    values = tuple(
        FacetValue(term_key(term), term.label, counts.get(str(term.pk), 0), term.pk in chosen)
        for term in shown[:_MOST_VALUES]
    )
    return Facet("field", _("Field"), values)
