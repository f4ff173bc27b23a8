"""Requirement rows of a demand against evidence rows of an achievement. Pure computation.

A row passes, fails, or stays unknown: no evidence of the same quantity, or none that can be
converted into the demand's unit. Both values are given in the demand's unit.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from achievements.units import UnknownUnitError, convert
from matching.text.tokens import fold

ABOUT = Decimal("0.1")  # “about” allows ten per cent either way
SAME = Decimal("0.000001")  # relative; two conversions of one figure are equal

PASS, FAIL, UNKNOWN = "pass", "fail", "unknown"

# Quantities that are differences of temperature: 5 K are 5 °C there.
DIFFERENCES = frozenset({"temperature_accuracy", "temperature_rise"})


@dataclass(frozen=True)
class Measured:
    """One row of either side. ``term`` is the vocabulary's code, empty when not recognised."""

    quantity: str
    term: str
    value: Decimal
    unit: str
    label_en: str = ""
    label_zh: str = ""

    def same_quantity(self, other: "Measured") -> bool:
        """The same term; where one of them has none, the same words."""
        if self.term and other.term:
            return self.term == other.term
        return _words(self.quantity) == _words(other.quantity)

    def in_unit(self, unit: str) -> Decimal | None:
        """The value in another unit; None when it cannot be converted."""
        if self.unit.strip() == unit.strip():
            return self.value
        try:
            return convert(self.value, self.unit, unit, difference=self.term in DIFFERENCES)
        except UnknownUnitError:
            return None


@dataclass(frozen=True)
class Required(Measured):
    """One row of a demand."""

    operator: str = ">="
    value_max: Decimal | None = None
    must: bool = True

    def holds(self, value: Decimal) -> bool:
        """Whether a value in this row's unit meets it."""
        slack = abs(self.value) * SAME
        match self.operator:
            case ">=":
                return value >= self.value - slack
            case "<=":
                return value <= self.value + slack
            case "between":
                top = self.value_max if self.value_max is not None else self.value
                return self.value - slack <= value <= top + abs(top) * SAME
            case "about":
                return abs(value - self.value) <= abs(self.value) * ABOUT + slack
        return abs(value - self.value) <= slack

    def misses_by(self, value: Decimal) -> Decimal:
        """How far a value lies from what is asked."""
        if self.holds(value):
            return Decimal(0)
        ends = [self.value, *([self.value_max] if self.value_max is not None else [])]
        return min(abs(value - end) for end in ends)


@dataclass(frozen=True)
class RowResult:
    """What became of one requirement. ``offered`` is the best value, in the demand's unit."""

    required: Required
    result: str
    offered: Decimal | None = None
    evidence: Measured | None = None

    def as_data(self) -> dict[str, Any]:
        """Plain values for a match's reasons; figures as text, so that nothing is rounded."""
        row, found = self.required, self.evidence
        return {
            "quantity": row.quantity,
            "label_en": row.label_en,
            "label_zh": row.label_zh,
            "must": row.must,
            "operator": row.operator,
            "value": plain(row.value),
            "value_max": plain(row.value_max) if row.value_max is not None else "",
            "unit": row.unit,
            "result": self.result,
            "offered": plain(self.offered) if self.offered is not None else "",
            "evidence_value": plain(found.value) if found is not None else "",
            "evidence_unit": found.unit if found is not None else "",
        }


def row_key(row: Mapping[str, Any]) -> str:
    """Names a requirement by what it asks, as :meth:`RowResult.as_data` has it."""
    parts = [str(row[name]) for name in ("quantity", "operator", "value", "value_max", "unit")]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def plain(value: Decimal) -> str:
    """A figure without an exponent and without idle zeros."""
    text = f"{value.normalize():f}"
    return "0" if text in ("-0", "") else text


def compare_rows(
    required: Sequence[Required], evidence: Sequence[Measured]
) -> tuple[RowResult, ...]:
    """One result per requirement, in its order; of several fitting rows the best one counts."""
    return tuple(_compare(row, evidence) for row in required)


def _compare(row: Required, evidence: Sequence[Measured]) -> RowResult:
    same = [found for found in evidence if row.same_quantity(found)]
    values = [(found.in_unit(row.unit), found) for found in same]
    known = [(value, found) for value, found in values if value is not None]
    if not known:
        return RowResult(row, UNKNOWN, None, same[0] if same else None)
    value, found = min(known, key=lambda pair: row.misses_by(pair[0]))
    return RowResult(row, PASS if row.holds(value) else FAIL, value, found)


def _words(text: str) -> str:
    return " ".join(fold(text).casefold().replace("-", " ").split())
