"""Facets: how many results each value of a filter would leave.

A value's count is what choosing it, in place of what is chosen in the same facet, then shows:
all other filters apply. Each facet is one statement, whatever its number of values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import BigIntegerField, CharField, Count, F, Func, TextChoices
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


Counter = Callable[[SearchFilterSet, ListingQuerySet], dict[str, int]]
Labels = Callable[[Iterable[str]], dict[str, Label]]


def _column(path: str) -> Counter:
    """Counts by a column of one value."""

    def count(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
        return dict(rows.values_list(path).annotate(n=Count("pk")).filter(n__gt=0))

    return count


def _items(path: str) -> Counter:
    """Counts by the items of a list."""

    def count(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
        items = rows.annotate(item=Func(F(path), function="unnest", output_field=CharField()))
        return dict(items.values_list("item").annotate(n=Count("pk")))

    return count


def _ip_status(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
    rights = IPRight.objects.filter(achievement__in=rows.values("pk")).order_by()
    return dict(rights.values_list("status").annotate(n=Count("achievement", distinct=True)))


def _organisation_kind(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
    """Anonymous demands are counted for nobody but those who may know."""
    known = rows.organisation_known_to(search.user)
    return dict(known.values_list("organisation__kind").annotate(n=Count("pk")))


def _regions(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
    """Countries count their parts."""
    found: dict[str, int] = {}
    by_region = rows.values_list("region__code", "region__parent__code").annotate(n=Count("pk"))
    for code, parent, n in by_region:
        for key in filter(None, (code, parent)):
            found[key] = found.get(key, 0) + n
    return found


def _fields(search: SearchFilterSet, rows: ListingQuerySet) -> dict[str, int]:
    """By the number of the term; a term counts each listing at or below it once."""
    lines = Func(
        F("term_id"),
        F("term__parent_id"),
        F("term__parent__parent_id"),
        template="unnest(ARRAY[%(expressions)s])",
        output_field=BigIntegerField(),
    )
    through = Listing.fields.through.objects.filter(listing__in=rows.values("pk"))
    counts = through.annotate(line=lines).values_list("line")  # type: ignore[misc]
    return {str(term): n for term, n in counts.annotate(n=Count("listing", distinct=True)) if term}


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

    At most one statement a facet and one for labels of regions and of terms.
    """
    found = [_field_facet(search)]
    for definition in _DEFINITIONS:
        counts = definition.count(search, search.without(definition.name).found())
        chosen = _chosen(search, definition.name)
        keys = [key for key, n in counts.items() if key and n] + sorted(chosen)
        values = tuple(
            FacetValue(key, label, counts.get(key, 0), key in chosen)
            for key, label in definition.labels(keys).items()
        )
        if values:
            found.append(Facet(definition.name, definition.label, values))
    found.sort(key=lambda facet: facet.name != "kind")
    return [facet for facet in found if facet.values]


def _chosen(search: SearchFilterSet, name: str) -> set[str]:
    values = search.data.getlist(name) if hasattr(search.data, "getlist") else []
    return set(values)


def _field_facet(search: SearchFilterSet) -> Facet:
    """First-level fields; below a chosen one also its parts. The largest come first."""
    counts = _fields(search, search.without("field").found())
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
