"""The facts of many pairs at once: what :func:`matching.scoring.score.score` makes of each.

Figures are compared as arrays. Fields are compared once for each two sets of them, requirements
one by one where a demand has some and the candidate says something.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.scoring.requirements import FAIL, compare_rows
from matching.scoring.score import (
    NEUTRAL,
    Side,
    cooperation_part,
    fields_part,
    region_part,
    requirements_part,
)

Figures = NDArray[np.float64]
Rows = NDArray[np.int64]


class Facts:
    """The facts of some sides of one kind as columns, a row each."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self.sides = sides
        self.readiness = _figures([side.readiness for side in sides])
        self.amount = _figures([side.amount for side in sides])
        self.currency = [side.currency for side in sides]
        self.places = [side.place for side in sides]
        self.sets = [side.fields for side in sides]
        self.modes = [side.modes for side in sides]
        self.required = np.array([bool(side.required) for side in sides], np.bool_)
        self.measured = np.array([bool(side.evidence) for side in sides], np.bool_)


def scores_of(
    demands: Facts,
    candidates: Facts,
    pairs: tuple[Rows, Rows],
    text: Figures,
    weights: Mapping[str, Any],
) -> Figures:
    """The score of each pair of rows, with what their texts add to the log-odds."""
    mine, theirs = pairs
    shares = weights["components"]
    odds = weights["start"] + text.astype(np.float64)
    requirements, failed = _requirements(demands, candidates, pairs)
    for name, values in (
        ("fields", _each(demands.sets, candidates.sets, pairs, fields_part)),
        ("requirements", requirements),
        ("readiness", _readiness(demands.readiness[mine], candidates.readiness[theirs])),
        ("budget", _budget(demands, candidates, pairs)),
        ("cooperation", _each(demands.modes, candidates.modes, pairs, cooperation_part)),
        ("region", _each(demands.places, candidates.places, pairs, region_part)),
    ):
        odds += np.where(np.isnan(values), 0.0, shares[name] * (values - NEUTRAL))
    scores: Figures = 1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0)))
    scores[failed] = np.minimum(scores[failed], weights["failed_must_cap"])
    return scores


def _figures(values: Sequence[Any]) -> Figures:
    return np.array([np.nan if value is None else float(value) for value in values], np.float64)


def _each(
    asked: Sequence[Hashable],
    offered: Sequence[Hashable],
    pairs: tuple[Rows, Rows],
    part: Callable[[Any, Any], float | None],
) -> Figures:
    """A part of the score, computed once for each two different values."""
    wanted, mine = _numbered(asked)
    given, theirs = _numbered(offered)
    both = mine[pairs[0]] * len(given) + theirs[pairs[1]]
    different, which = np.unique(both, return_inverse=True)
    found = [part(wanted[one // len(given)], given[one % len(given)]) for one in different.tolist()]
    return _figures(found)[which]


def _numbered(values: Sequence[Hashable]) -> tuple[list[Hashable], Rows]:
    """The different values, and the number of each."""
    numbers: dict[Hashable, int] = {}
    found = [numbers.setdefault(value, len(numbers)) for value in values]
    return list(numbers), np.array(found, np.int64)


def _readiness(sought: Figures, offered: Figures) -> Figures:
    found: Figures = np.maximum(0.0, 1 - np.maximum(sought - offered, 0) / 3)
    return found


def _budget(demands: Facts, candidates: Facts, pairs: tuple[Rows, Rows]) -> Figures:
    names = {name: number for number, name in enumerate({*demands.currency, *candidates.currency})}
    mine = np.array([names[name] for name in demands.currency], np.int64)[pairs[0]]
    theirs = np.array([names[name] for name in candidates.currency], np.int64)[pairs[1]]
    budget, price = demands.amount[pairs[0]], candidates.amount[pairs[1]]
    found = np.full(len(budget), np.nan)
    known = (mine == theirs) & ~np.isnan(budget) & ~np.isnan(price)
    found[known] = 1.0
    dear = known & (price > budget)
    found[dear] = budget[dear] / price[dear]
    return found


def _requirements(
    demands: Facts, candidates: Facts, pairs: tuple[Rows, Rows]
) -> tuple[Figures, NDArray[np.bool_]]:
    """The share of requirements that pass, and of which pairs one fails that must not."""
    share = np.full(len(pairs[0]), np.nan)
    failed = np.zeros(len(share), np.bool_)
    both = np.flatnonzero(demands.required[pairs[0]] & candidates.measured[pairs[1]])
    for place in both.tolist():
        asks, says = demands.sides[pairs[0][place]], candidates.sides[pairs[1][place]]
        rows = compare_rows(asks.required, says.evidence)
        value = requirements_part(rows)
        share[place] = np.nan if value is None else value
        failed[place] = any(row.result == FAIL and row.required.must for row in rows)
    return share, failed
