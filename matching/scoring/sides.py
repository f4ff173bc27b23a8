"""The structured facts of listings as they are compared."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from achievements.models import Achievement, Demand, EvidenceRow, Expert, RequirementRow, Term
from matching.scoring.requirements import Measured, Required
from matching.scoring.score import Side


def side_of(listing: Achievement | Demand | Expert) -> Side:
    """The structured facts of a listing that `load_listings` has loaded."""
    region = listing.region
    common = Side(
        fields=frozenset(_path(term) for term in listing.fields.all()),
        place=(region.country.code, region.code) if region is not None else None,
    )
    if isinstance(listing, Demand):
        return Side(
            fields=common.fields,
            place=common.place,
            readiness=listing.trl_min,
            modes=frozenset(listing.cooperation_modes),
            amount=listing.budget_max if listing.budget_max is not None else listing.budget_min,
            currency=listing.currency,
            required=_requirements(listing),
        )
    if isinstance(listing, Achievement):
        return Side(
            fields=common.fields,
            place=common.place,
            readiness=listing.trl,
            modes=frozenset(listing.transfer_modes),
            amount=_price(listing),
            currency=listing.currency,
            evidence=_evidence(listing),
        )
    return Side(fields=common.fields, place=common.place, modes=frozenset(listing.services))


def _price(achievement: Achievement) -> Decimal | None:
    if achievement.price_mode == Achievement.PriceMode.NEGOTIABLE:
        return None
    return achievement.price_min


def _path(term: Term) -> tuple[str, ...]:
    """The scheme's code, then the codes from the root to the term."""
    codes = []
    step: Term | None = term
    while step is not None:
        codes.append(step.code)
        step = step.parent
    return (term.scheme.code, *reversed(codes))


def _requirements(demand: Demand) -> Sequence[Required]:
    return [required_of(row) for row in demand.requirements.all()]


def required_of(row: RequirementRow) -> Required:
    """A requirement row as it is compared; its term is loaded."""
    return Required(
        **_common(row),
        operator=row.operator,
        value_max=row.value_max,
        must=row.priority == "must",
    )


def _evidence(achievement: Achievement) -> Sequence[Measured]:
    return [measured_of(row) for row in achievement.evidence.all()]


def measured_of(row: EvidenceRow) -> Measured:
    """An evidence row as it is compared; its term is loaded."""
    return Measured(**_common(row))


def _common(row: RequirementRow | EvidenceRow) -> dict[str, Any]:
    """What rows of both sides have."""
    term = row.term
    return {
        "quantity": row.quantity,
        "term": term.code if term is not None else "",
        "value": row.value,
        "unit": row.unit,
        "label_en": term.label_en if term is not None else "",
        "label_zh": term.label_zh if term is not None else "",
    }
