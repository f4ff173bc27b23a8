"""How well a candidate answers a demand: a pure function, with its weights as data.

Every component is a figure from 0 to 1, or None where the two listings do not both say enough to
compare; the score is the weighted mean of those that are known (without a common language, what
the words would usually reach stands in). It never falls when a component rises. A must that the
evidence fails caps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp
from typing import Any

from matching.requirements import FAIL, PASS, Measured, Required, RowResult, compare_rows

COMPONENTS = (
    "semantic",
    "lexical",
    "fields",
    "requirements",
    "readiness",
    "budget",
    "cooperation",
    "region",
)

# Version 1. `semantic` and `lexical` are read through curves: half of what can be reached lies at
# `…_middle`. Both were set on judged sets, the others by what transfer offices say matters.
# `lexical_unknown` is what share of `semantic` the words usually reach in good answers: without a
# common language that much is taken for granted, or foreign candidates would lead all others.
FIRST_WEIGHTS: dict[str, Any] = {
    "components": {
        "semantic": 0.40,
        "lexical": 0.20,
        "fields": 0.12,
        "requirements": 0.12,
        "readiness": 0.05,
        "budget": 0.04,
        "cooperation": 0.04,
        "region": 0.03,
    },
    "semantic_middle": 2.2,
    "semantic_spread": 1.0,
    "lexical_middle": 0.05,
    "lexical_unknown": 0.55,
    "failed_must_cap": 0.45,
    "least": 0.35,
    "strong": 0.6,
    "keep": 20,
}

# Which modes of transfer, and which services of experts, answer a mode of cooperation.
ANSWERS: Mapping[str, frozenset[str]] = {
    "commissioned_development": frozenset({"joint_implementation", "other", "joint_research"}),
    "joint_development": frozenset({"joint_implementation", "equity", "other", "joint_research"}),
    "licence": frozenset(
        {
            "licence_exclusive",
            "licence_sole",
            "licence_ordinary",
            "technology_transfer",
            "ip_advice",
        }
    ),
    "assignment": frozenset({"assignment", "equity", "technology_transfer", "ip_advice"}),
    "consulting": frozenset({"other", "consulting", "evaluation", "regulatory", "ip_advice"}),
    "service": frozenset(
        {"other", "testing", "training", "evaluation", "regulatory", "technology_transfer"}
    ),
}


@dataclass(frozen=True)
class TextFit:
    """How the texts agree. ``deviations``: of their similarity above the demand's usual one;
    ``share``: of the weight of the demand's words that the candidate's words carry. None where
    there is nothing to compare: not embedded, or no language in common."""

    deviations: float | None
    share: float | None


@dataclass(frozen=True)
class Side:
    """What is compared of a listing, either side. ``fields`` are paths of term codes from the
    root, such as ``("hightech", "1", "1.2")``; ``place`` is (country, region)."""

    fields: frozenset[tuple[str, ...]] = frozenset()
    readiness: int | None = None
    modes: frozenset[str] = frozenset()
    amount: Decimal | None = None
    currency: str = ""
    place: tuple[str, str] | None = None
    required: Sequence[Required] = ()
    evidence: Sequence[Measured] = ()


@dataclass(frozen=True)
class Score:
    """The score 0–1, its components, what became of each requirement, and whether a must failed
    (the score is then capped)."""

    total: float
    components: dict[str, float | None]
    rows: tuple[RowResult, ...]
    failed_must: bool


def score(demand: Side, candidate: Side, text: TextFit, weights: Mapping[str, Any]) -> Score:
    """Compare a demand with an achievement or an expert."""
    rows = compare_rows(demand.required, candidate.evidence)
    components: dict[str, float | None] = {
        "semantic": semantic_part(text.deviations, weights),
        "lexical": lexical_part(text.share, weights),
        "fields": fields_part(demand.fields, candidate.fields),
        "requirements": requirements_part(rows),
        "readiness": readiness_part(demand.readiness, candidate.readiness),
        "budget": budget_part(demand, candidate),
        "cooperation": cooperation_part(demand.modes, candidate.modes),
        "region": region_part(demand.place, candidate.place),
    }
    shares = weights["components"]
    known = [(value, shares[name]) for name, value in components.items() if value is not None]
    semantic = components["semantic"]
    if components["lexical"] is None and semantic is not None:
        known.append((semantic * weights["lexical_unknown"], shares["lexical"]))
    weight = sum(share for _value, share in known)
    total = sum(value * share for value, share in known) / weight if weight else 0.0
    failed = any(row.result == FAIL and row.required.must for row in rows)
    if failed:
        total = min(total, weights["failed_must_cap"])
    return Score(min(max(total, 0.0), 1.0), components, rows, failed)


def semantic_part(deviations: float | None, weights: Mapping[str, Any]) -> float | None:
    """Deviations above the usual on a curve from 0 to 1."""
    if deviations is None:
        return None
    steps = (deviations - weights["semantic_middle"]) / weights["semantic_spread"]
    return 1 / (1 + exp(-max(min(steps, 30.0), -30.0)))


def lexical_part(share: float | None, weights: Mapping[str, Any]) -> float | None:
    """A share of 1 would be the same text; even good answers use other words for most of it."""
    if share is None:
        return None
    middle = weights["lexical_middle"]
    bounded = max(share, 0.0)
    return bounded / (bounded + middle) * (1 + middle) if bounded < 1 else 1.0


def fields_part(
    wanted: frozenset[tuple[str, ...]], offered: frozenset[tuple[str, ...]]
) -> float | None:
    """How deep the nearest two fields agree; only classes of one scheme are compared."""
    pairs = [(a, b) for a in wanted for b in offered if a[0] == b[0]]
    return max((_nearness(a, b) for a, b in pairs), default=None)


def _nearness(a: tuple[str, ...], b: tuple[str, ...]) -> float:
    common = 0
    for one, other in zip(a[1:], b[1:], strict=False):
        if one != other:
            break
        common += 1
    if not common:
        return 0.0
    deepest = max(len(a), len(b)) - 1
    return 1.0 if common == deepest else 0.5 + 0.3 * (common - 1)


def requirements_part(rows: Sequence[RowResult]) -> float | None:
    """The share of comparable rows that pass; a must counts twice."""
    known = [(row, 2 if row.required.must else 1) for row in rows if row.result in (PASS, FAIL)]
    if not known:
        return None
    return sum(w for row, w in known if row.result == PASS) / sum(w for _row, w in known)


def readiness_part(sought: int | None, offered: int | None) -> float | None:
    """Ready enough, or a third less for every level that is missing."""
    if sought is None or offered is None:
        return None
    return max(0.0, 1 - max(sought - offered, 0) / 3)


def budget_part(demand: Side, candidate: Side) -> float | None:
    """The lowest price within the highest budget; in one currency only."""
    budget, price = demand.amount, candidate.amount
    if budget is None or price is None or demand.currency != candidate.currency:
        return None
    return 1.0 if price <= budget else float(budget / price)


def cooperation_part(wanted: frozenset[str], offered: frozenset[str]) -> float | None:
    """Whether some mode sought is answered by a mode offered."""
    if not wanted or not offered:
        return None
    return 1.0 if agreeing_modes(wanted, offered) else 0.0


def agreeing_modes(wanted: frozenset[str], offered: frozenset[str]) -> list[tuple[str, str]]:
    """The pairs of a mode sought and a mode offered that answers it, in order of their names."""
    return [(a, b) for a in sorted(wanted) for b in sorted(ANSWERS.get(a, frozenset()) & offered)]


def region_part(wanted: tuple[str, str] | None, offered: tuple[str, str] | None) -> float | None:
    """The same region, the same country, or another one."""
    if wanted is None or offered is None:
        return None
    if wanted == offered:
        return 1.0
    return 0.6 if wanted[0] == offered[0] else 0.2
