"""How well a candidate answers a demand: a pure function, with its weights as data.

The score is the probability that the two should talk, as far as their texts and facts tell. Each
thing known moves the odds: how many deviations the texts are nearer than usual, in meaning and in
words, and how well each fact fits; what either side does not say moves nothing (without a common
language, what the words would usually add stands in). So the score never falls when a component
rises, and means the same for short and long listings and across languages. A must that the
evidence fails caps it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import exp, log, log1p
from typing import Any

from matching.scoring.requirements import FAIL, PASS, Measured, Required, RowResult, compare_rows

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

# The first version. `semantic` and `lexical` say how much one deviation adds to the log-odds, and
# `start` where they begin among fifty candidates. Among more, a text as near is more often there by
# chance: `crowd` times the logarithm of how many fifties there are is taken off. Deviations of the
# words count ever less above `words_bend`, or one rare word in common would outweigh everything.
# These five were fitted to judged sets, so that of the matches shown with 60 % about 60 % are right
# (docs/match-quality.md). The other figures say how far a perfect fit lies from a complete miss, by
# what transfer offices say matters; a component of `NEUTRAL` moves nothing. `lexical_unknown`: so
# many deviations of the words go with one of the meaning in good answers, and are taken for granted
# where there is no common language. What scores less than `least` is not shown.
FIRST_WEIGHTS: dict[str, Any] = {
    "components": {
        "semantic": 0.55,
        "lexical": 0.225,
        "fields": 1.2,
        "requirements": 1.6,
        "readiness": 0.8,
        "budget": 0.6,
        "cooperation": 0.6,
        "region": 0.4,
    },
    "words_bend": 10.0,
    "start": -3.8,
    "crowd": 0.4125,
    "lexical_unknown": 2.5,
    "failed_must_cap": 0.2,
    "least": 0.12,
    "strong": 0.35,
    "keep": 20,
}
NEUTRAL = 0.5

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
    """How the texts agree: by how many standard deviations they are nearer than two texts of the
    collection usually are, in meaning and in words. None where there is nothing to compare: not
    embedded, or no language in common. ``crowd``: among how many candidates this one was found."""

    meaning: float | None
    words: float | None
    crowd: int = 50


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
        "semantic": semantic_part(text.meaning),
        "lexical": lexical_part(text.words),
        "fields": fields_part(demand.fields, candidate.fields),
        "requirements": requirements_part(rows),
        "readiness": readiness_part(demand.readiness, candidate.readiness),
        "budget": budget_part(demand, candidate),
        "cooperation": cooperation_part(demand.modes, candidate.modes),
        "region": region_part(demand.place, candidate.place),
    }
    shares = weights["components"]
    odds = weights["start"] + text_odds(text, weights)
    for name, value in components.items():
        if name not in ("semantic", "lexical") and value is not None:
            odds += shares[name] * (value - NEUTRAL)
    total = _probability(odds)
    failed = any(row.result == FAIL and row.required.must for row in rows)
    if failed:
        total = min(total, weights["failed_must_cap"])
    return Score(total, components, rows, failed)


def text_odds(text: TextFit, weights: Mapping[str, Any]) -> float:
    """What the texts add to the log-odds."""
    meaning = text.meaning if text.meaning is not None else 0.0
    words = text.words
    if words is None:
        words = weights["lexical_unknown"] * meaning if text.meaning is not None else 0.0
    bend = weights["words_bend"]
    if words > 0:
        words = bend * log1p(words / bend)
    shares = weights["components"]
    chance = weights["crowd"] * log(max(text.crowd, 50) / 50)
    return float(shares["semantic"] * meaning + shares["lexical"] * words - chance)


def _probability(odds: float) -> float:
    return 1 / (1 + exp(-max(min(odds, 30.0), -30.0)))


def semantic_part(deviations: float | None) -> float | None:
    """Deviations of the meaning on a curve from 0 to 1; good answers usually have three."""
    return None if deviations is None else _probability(1.2 * (deviations - 2.5))


def lexical_part(deviations: float | None) -> float | None:
    """Deviations of the words on a curve from 0 to 1; good answers usually have six."""
    return None if deviations is None else 1 - exp(-max(deviations, 0.0) / 6)


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
