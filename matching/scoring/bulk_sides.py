"""The structured facts of many listings of a kind, without a model for each.

The same as :func:`matching.scoring.sides.side_of` makes of one listing, in a few statements for
all.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from achievements.models import Achievement, EvidenceRow, Listing, RequirementRow, Term
from matching.scoring.requirements import Measured, Required
from matching.scoring.score import Side
from matching.scoring.sides import measured_of, required_of
from matching.sql.columns import among

_KIND_COLUMNS = {
    Listing.Kind.ACHIEVEMENT: (
        *("achievement__trl", "achievement__transfer_modes", "achievement__currency"),
        *("achievement__price_mode", "achievement__price_min", "achievement__price_max"),
    ),
    Listing.Kind.DEMAND: (
        *("demand__trl_min", "demand__cooperation_modes", "demand__currency"),
        *("demand__cooperation_modes", "demand__budget_min", "demand__budget_max"),
    ),
    Listing.Kind.EXPERT: (
        *("expert__position_en", "expert__services", "expert__position_en"),
        *("expert__position_en", "expert__position_en", "expert__position_en"),
    ),
}


def sides_of(kind: str, only: Sequence[int] | None = None) -> dict[int, Side]:
    """The facts of each live listing of a kind, by its number; ``only`` of these, live or not."""
    through: Any = Listing.fields.through
    terms = through.objects.filter(listing=OuterRef("pk")).values("term_id")
    rows = Listing.objects.order_by().filter(kind=kind)
    rows = rows.published() if only is None else rows.filter(among(only))
    columns = rows.values_list(
        *("pk", "region__code", "region__parent__code", ArraySubquery(terms)),
        *_KIND_COLUMNS[Listing.Kind(kind)],
    )
    listed = list(columns)
    paths = _paths({term for _pk, _region, _country, ids, *_more in listed for term in ids})
    required, measured = _measured(kind, only)
    found = {}
    for pk, region, country, ids, level, modes, currency, mode, low, high in listed:
        facts: dict[str, Any] = {
            "fields": frozenset(paths[one] for one in ids),
            "place": (country or region, region) if region else None,
            "modes": frozenset(modes or ()),
        }
        if kind == Listing.Kind.DEMAND:
            facts["amount"] = high if high is not None else low
            facts["required"] = required.get(pk, [])
        elif kind == Listing.Kind.ACHIEVEMENT:
            facts["amount"] = None if mode == Achievement.PriceMode.NEGOTIABLE else low
            facts["evidence"] = measured.get(pk, [])
        if kind != Listing.Kind.EXPERT:
            facts |= {"readiness": level, "currency": currency}
        found[pk] = Side(**facts)
    return found


def _paths(term_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """The path of each term: the scheme's code, then the codes from the root. A statement for
    each level."""
    rows: dict[int, Any] = {}
    missing = set(term_ids)
    while missing:
        terms = Term.objects.order_by().filter(among(list(missing)))
        for pk, *row in terms.values_list("pk", "scheme__code", "code", "parent_id"):
            rows[pk] = tuple(row)
        missing = {parent for *_codes, parent in rows.values() if parent} - rows.keys()

    def path(pk: int) -> tuple[str, ...]:
        scheme, code, parent = rows[pk]
        return (*(path(parent) if parent else (scheme,)), code)

    return {pk: path(pk) for pk in term_ids}


def _measured(
    kind: str, only: Sequence[int] | None
) -> tuple[dict[int, list[Required]], dict[int, list[Measured]]]:
    """Requirement rows by demand, or evidence rows by achievement, in their order."""
    required: dict[int, list[Required]] = defaultdict(list)
    measured: dict[int, list[Measured]] = defaultdict(list)
    if kind == Listing.Kind.DEMAND:
        for row in _rows(RequirementRow.objects, "demand", only):
            required[row.demand_id].append(required_of(row))
    elif kind == Listing.Kind.ACHIEVEMENT:
        for fact in _rows(EvidenceRow.objects, "achievement", only):
            measured[fact.achievement_id].append(measured_of(fact))
    return required, measured


def _rows(rows: Any, owner: str, only: Sequence[int] | None) -> QuerySet:
    """With their terms, in their order."""
    wanted = rows.all() if only is None else rows.filter(among(only, f"{owner}_id"))
    return wanted.select_related("term").order_by(owner, "position", "pk")
