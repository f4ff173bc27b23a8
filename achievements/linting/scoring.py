"""From checks to a score."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from achievements.linting.checks import CHECKS
from achievements.linting.facts import Facts


@dataclass(frozen=True)
class Rule:
    """One check, its weight and what it compares with."""

    check: str
    weight: int
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What to do: the hint's code, the field it is about, values of its words, points to win."""

    check: str
    code: str
    field: str
    values: dict[str, Any]
    points: int

    def as_data(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Result:
    """A score from 0 to 100 and the hints, the most worthwhile first."""

    score: int
    findings: list[Finding]


def lint(facts: Facts, rules: Iterable[Rule]) -> Result:
    """The share of the weights that a listing fulfils, in points of a hundred.

    Without rules nothing is asked, so the score is 100. ``points`` of a finding are what its
    check would add; several findings of one check share them.
    """
    asked = [rule for rule in rules if rule.weight]
    whole = sum(rule.weight for rule in asked)
    if not whole:
        return Result(100, [])
    reached = 0.0
    findings: list[Finding] = []
    for rule in asked:
        ratio, hints = CHECKS[rule.check](facts, rule.params)
        reached += rule.weight * ratio
        points = round(100 * rule.weight * (1 - ratio) / whole)
        findings += [Finding(rule.check, *hint, points) for hint in hints]
    findings.sort(key=lambda finding: -finding.points)
    return Result(round(100 * reached / whole), findings)
