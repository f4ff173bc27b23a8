"""How a side's answers move the scores of its other matches. A pure function, weights as data.

An answer says something about listings like the one it was given to: a dismissed “too early” about
what is no readier, an accepted match about what lies near it. Each answer moves a score by at most
the points of its reason, whatever else is there; of several with one reason the strongest counts,
and all together move it by at most ``most``. Nothing is remembered but the answers themselves, so
taking one back restores the scores exactly, and running again gives the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from matching.embedding import Vectors
from matching.scoring.pair_facts import Facts
from matching.scoring.score import Side, fields_part

# Points of a score (0–1) that one answer takes off, or adds where it was accepted; what all
# together may move; and the cosine of two directions from which listings lie near each other.
FIRST_ANSWERS: Mapping[str, float] = {
    "too_early": 0.12,
    "too_expensive": 0.12,
    "region": 0.10,
    "mode": 0.10,
    "other_field": 0.12,
    "requirement_missed": 0.12,
    "accepted": 0.05,
    "most": 0.25,
    "near": 0.25,
}
ACCEPTED = "accepted"
LEARNT_REASONS = tuple(name for name in FIRST_ANSWERS if name not in (ACCEPTED, "most", "near"))
_PLACES = Decimal("0.0001")
_SAME_FIELDS = 0.5  # how near listings of the very same field lie, where their texts do not


@dataclass(frozen=True)
class Other:
    """The listing of a match that is not the side's own, as far as answers concern it."""

    listing_id: int
    kind: str
    side: Side
    direction: Vectors | None = None


@dataclass(frozen=True)
class Answer:
    """What a side (``demand`` or ``candidate``) said to one listing. ``reason``: of a dismissal, or
    ``accepted``; ``facts``: those of the pair when it was said."""

    decision_id: int
    side: str
    reason: str
    about: Other
    facts: Facts


@dataclass(frozen=True)
class Move:
    """What one answer does to another match: points 0–1, negative ones lower it."""

    answer: Answer
    points: Decimal

    def as_data(self) -> dict[str, Any]:
        """Plain values, kept with the match."""
        return {
            "decision": self.answer.decision_id,
            "side": self.answer.side,
            "reason": self.answer.reason,
            "listing": self.answer.about.listing_id,
            "points": float(self.points),
        }


def moves_of(
    answers: Iterable[Answer],
    other: Other,
    missed: Iterable[Iterable[str]],
    weights: Mapping[str, Any],
) -> list[Move]:
    """What one side's answers do to its match with ``other``; the strongest of each reason.

    ``missed``: quantity and term of the requirement rows that this pair misses.
    """
    amounts = {**FIRST_ANSWERS, **weights.get("answers", {})}
    rows = {tuple(row) for row in missed}
    strongest: dict[str, Move] = {}
    for answer in sorted(answers, key=lambda one: one.decision_id):
        about = answer.about
        if about.listing_id == other.listing_id or about.kind != other.kind:
            continue
        strength = _strength(answer, other, rows, amounts["near"])
        sign = 1 if answer.reason == ACCEPTED else -1
        points = Decimal(str(sign * strength * amounts[answer.reason])).quantize(_PLACES)
        best = strongest.get(answer.reason)
        if points and (best is None or abs(points) > abs(best.points)):
            strongest[answer.reason] = Move(answer, points)
    return sorted(strongest.values(), key=lambda move: (move.points, move.answer.decision_id))


def moved(base: Decimal, moves: Iterable[Move], weights: Mapping[str, Any]) -> Decimal:
    """The score after the answers of both sides: between 0 and 1, at most ``most`` from before."""
    amounts = {**FIRST_ANSWERS, **weights.get("answers", {})}
    most = Decimal(str(amounts["most"]))
    total = sum((move.points for move in moves), Decimal(0))
    return min(max(base + max(min(total, most), -most), Decimal(0)), Decimal(1))


def _strength(answer: Answer, other: Other, missed: set[tuple[str, ...]], near: float) -> float:
    if answer.reason in (ACCEPTED, "other_field"):
        return nearness(answer.about, other, near)
    if not answer.facts:
        return 0.0
    if answer.reason == "requirement_missed":
        return float(bool(missed & {tuple(row) for row in answer.facts["missed"]}))
    asks = answer.side == "demand"
    about = answer.facts["candidate" if asks else "demand"]
    return float(_ALIKE[answer.reason](asks, about, other.side))


def nearness(one: Other, other: Other, near: float) -> float:
    """How near two listings lie in subject: 0 from the cosine ``near`` down, 1 the same."""
    found = 0.0
    if one.direction is not None and other.direction is not None:
        cosine = float(np.dot(one.direction, other.direction))
        found = min(max((cosine - near) / (1 - near), 0.0), 1.0)
    if fields_part(one.side.fields, other.side.fields) == 1.0:
        found = max(found, _SAME_FIELDS)
    return found


def _as_early(asks: bool, about: Mapping[str, Any], other: Side) -> bool:
    """No readier than the one that was too early; or sought at least as ready as that."""
    limit = about["readiness"]
    if limit is None or other.readiness is None:
        return False
    return other.readiness <= limit if asks else other.readiness >= limit


def _as_expensive(asks: bool, about: Mapping[str, Any], other: Side) -> bool:
    """As dear or dearer; or with no more of a budget."""
    if about["amount"] is None or other.amount is None or about["currency"] != other.currency:
        return False
    limit = Decimal(about["amount"])
    return other.amount >= limit if asks else other.amount <= limit


def _same_region(_asks: bool, about: Mapping[str, Any], other: Side) -> bool:
    return other.place is not None and about["place"] == list(other.place)


def _same_modes(_asks: bool, about: Mapping[str, Any], other: Side) -> bool:
    """With nothing but modes that did not fit there."""
    return bool(other.modes) and other.modes <= set(about["modes"])


_ALIKE: Mapping[str, Callable[[bool, Mapping[str, Any], Side], bool]] = {
    "too_early": _as_early,
    "too_expensive": _as_expensive,
    "region": _same_region,
    "mode": _same_modes,
}
