"""Facets: how many results each value of a filter would leave.

A value's count is what choosing it, in place of what is chosen in the same facet, then shows:
all other filters apply.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import localized
from accounts.choices import Choice
from accounts.memberships import memberships_of
from accounts.models import Organisation
from achievements.filtersets.inputs import term_key
from achievements.models import Achievement, Demand, Expert, IPRight, Listing
from matching.facets.table import Value as Counted
from matching.facets.table import count_values, fields, organisation_kinds, regions
from matching.filtersets import SearchFilterSet

Label = str | Promise
_MOST_VALUES = 30


@dataclass(frozen=True)
class Facet:
    """A filter with its values, those that leave results and those chosen."""

    name: str
    label: Label
    values: tuple[Choice, ...] = field(default_factory=tuple)


Labels = Callable[[Iterable[str]], dict[str, Label]]


def _choices(choices: type[TextChoices]) -> Labels:
    """Labels of a closed list, in its order."""

    def labels(values: Iterable[str]) -> dict[str, Label]:
        wanted = set(values)
        return {value: label for value, label in choices.choices if value in wanted}

    return labels


def _region_labels(values: Iterable[str]) -> dict[str, Label]:
    wanted = set(values)
    rows = [row for row in regions().values() if row.code in wanted]
    return {row.code: localized(row, "name") for row in rows}


@dataclass(frozen=True)
class _Definition:
    """One facet: the parameter it sets, its heading, and how values are named."""

    name: str
    label: Label
    labels: Labels


_DEFINITIONS = (
    _Definition("kind", _("Kind"), _choices(Listing.Kind)),
    _Definition("result_kind", _("Result or project"), _choices(Achievement.ResultKind)),
    _Definition("transfer_mode", _("Mode of transfer"), _choices(Achievement.TransferMode)),
    _Definition("cooperation_mode", _("Mode of cooperation"), _choices(Demand.CooperationMode)),
    _Definition("service", _("Service offered"), _choices(Expert.Service)),
    _Definition("region", _("Region"), _region_labels),
    _Definition("organisation_kind", _("Kind of organisation"), _choices(Organisation.Kind)),
    _Definition("ip_status", _("IP status"), _choices(IPRight.Status)),
)


def facets_of(search: SearchFilterSet) -> list[Facet]:
    """All facets of a valid search, each with the values that leave results, in fixed order.

    Which listings are counted is made of what the process keeps, as far as that goes
    (:meth:`SearchFilterSet.members`), and so are the counts (:mod:`matching.facets.table`).
    """
    counts = _all_counts(search)
    found = [_field_facet(search, counts["field"])]
    for definition in _DEFINITIONS:
        own = counts[definition.name]
        chosen = _chosen(search, definition.name)
        keys = [key for key, n in own.items() if key and n] + sorted(chosen)
        values = tuple(
            Choice(key, label, own.get(key, 0), key in chosen)
            for key, label in definition.labels(keys).items()
        )
        found.append(Facet(definition.name, definition.label, values))
    found.sort(key=lambda facet: facet.name != "kind")
    return [facet for facet in found if facet.values]


def _all_counts(search: SearchFilterSet) -> dict[str, Mapping[str, int]]:
    """For each facet the number of listings by key.

    What is chosen in a facet is left open for its own counts; else all facets count one set.
    """
    names = ["field", *(one.name for one in _DEFINITIONS)]
    chosen = search.form.cleaned_data if search.is_valid() else {}
    open_sets = {name: (name,) if chosen.get(name) else () for name in names}
    counted = {
        left: count_values(
            search.members(leaving_open=left),
            {counts for name in names if open_sets[name] == left for counts in _counted_for(name)},
        )
        for left in set(open_sets.values())
    }
    return {name: _counts_of(name, counted[left], search) for name, left in open_sets.items()}


def _counted_for(name: str) -> tuple[str, ...]:
    """What is counted of listings for one facet."""
    return {"field": ("term",), "organisation_kind": ("organisation", "anonymous")}.get(
        name, (name,)
    )


def _counts_of(
    name: str, counted: Mapping[Counted, int], search: SearchFilterSet
) -> Mapping[str, int]:
    """The counts of one facet by its keys."""
    if name == "organisation_kind":
        return _by_organisation_kind(counted, search)
    if name == "region":
        return _by_region(counted)
    if name == "field":
        return {str(key): n for (facet, key), n in counted.items() if facet == "term"}
    return {str(key): n for (facet, key), n in counted.items() if facet == name}


def _by_organisation_kind(
    counted: Mapping[Counted, int], search: SearchFilterSet
) -> Mapping[str, int]:
    """Anonymous demands are counted for nobody but those who may know."""
    user = search.user
    named = {key: n for (facet, key), n in counted.items() if facet == "organisation"}
    hidden = {key: n for (facet, key), n in counted.items() if facet == "anonymous"}
    if hidden and not (user.is_authenticated and user.is_administrator):
        own = {one.organisation_id for one in memberships_of(user)}
        hidden = {key: n for key, n in hidden.items() if key in own}
    kinds = organisation_kinds()
    found: Counter[str] = Counter()
    for part in (named, hidden):
        for key, n in part.items():
            if key in kinds:
                found[kinds[key]] += n
    return found


def _by_region(counted: Mapping[Counted, int]) -> Mapping[str, int]:
    """Countries count their parts."""
    known = regions()
    found: Counter[str] = Counter()
    for (facet, key), n in counted.items():
        if facet == "region" and key in known:
            region = known[key]
            for code in {region.code, region.parent.code if region.parent else region.code}:
                found[code] += n
    return found


def _chosen(search: SearchFilterSet, name: str) -> set[str]:
    values = search.data.getlist(name) if hasattr(search.data, "getlist") else []
    return set(values)


def _field_facet(search: SearchFilterSet, counts: Mapping[str, int]) -> Facet:
    """First-level fields; below a chosen one also its parts."""
    picked = list(search.form.cleaned_data.get("field") or ())
    chosen = {term.pk for term in picked}
    opened = chosen | {term.parent_id for term in picked}
    shown = [
        term
        for term in fields().values()
        if term.pk in chosen
        or (str(term.pk) in counts and (term.parent_id is None or term.parent_id in opened))
    ]
    shown.sort(key=lambda term: (term.scheme.code != "hightech", term.scheme.code, term.code))
    values = tuple(
        Choice(term_key(term), term.label, counts.get(str(term.pk), 0), term.pk in chosen)
        for term in shown[:_MOST_VALUES]
    )
    return Facet("field", _("Field"), values)
