"""Learning weights from judged pairs: logistic regression near the weights in use. Pure.

A score's log-odds are a sum of parameters times what is known of the pair. How much each parameter
moves the log-odds is asked of :func:`matching.scoring.score.score` itself, so whatever it does with
a weight is learnt as it is. The fit stays near the present weights: with few pairs it hardly moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.scoring.score import Side, TextFit, score

# What is learnt, by path; those that the weights in use do not have are left out.
PARAMETERS = (
    "start",
    "crowd",
    "components.semantic",
    "components.lexical",
    "components.passages",
)
STRENGTH = 0.02  # of the pull towards the present weights, in units of the mean loss
_STEP = 1e-3
_ROUNDS = 50
_EDGE = 1e-6

Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Pair:
    """Two listings as they are compared, and whether they should talk. ``query``: the demand."""

    query: str
    demand: Side
    candidate: Side
    text: TextFit
    good: bool


@dataclass(frozen=True, eq=False)
class Group:
    """The pairs of one set: ``rows`` (n × parameters) moves the log-odds, from ``offsets``."""

    name: str
    rows: Figures
    offsets: Figures
    labels: Figures
    queries: Sequence[str]

    def odds(self, values: Figures) -> Figures:
        """The log-odds of each pair with these parameters."""
        return self.offsets + self.rows @ values


def parameters_of(weights: Mapping[str, Any]) -> list[str]:
    """The paths of :data:`PARAMETERS` that these weights have."""
    return [path for path in PARAMETERS if _read(weights, path) is not None]


def values_of(weights: Mapping[str, Any], names: Sequence[str]) -> Figures:
    """The present values of these parameters."""
    return np.array([_read(weights, name) for name in names], dtype=np.float64)


def with_values(
    weights: Mapping[str, Any], names: Sequence[str], values: Iterable[float]
) -> dict[str, Any]:
    """The weights with other values of these parameters, rounded to three decimals."""
    changed = deepcopy(dict(weights))
    for name, value in zip(names, values, strict=True):
        _write(changed, name, round(float(value), 3))
    return changed


def group_of(
    name: str, pairs: Iterable[Pair], weights: Mapping[str, Any], names: Sequence[str]
) -> Group:
    """What a set says of these parameters; pairs whose score is capped say nothing of them."""
    present = values_of(weights, names)
    stepped = []
    for path in names:
        changed = deepcopy(dict(weights))
        _write(changed, path, _read(weights, path) + _STEP)
        stepped.append(changed)
    rows, bases, labels, queries = [], [], [], []
    for pair in pairs:
        found = score(pair.demand, pair.candidate, pair.text, weights)
        if found.failed_must:
            continue
        base = _logit(found.total)
        rows.append(
            [
                (_logit(score(pair.demand, pair.candidate, pair.text, one).total) - base) / _STEP
                for one in stepped
            ]
        )
        bases.append(base)
        labels.append(float(pair.good))
        queries.append(pair.query)
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
    return Group(name, table, np.array(bases) - table @ present, np.array(labels), queries)


def fit(groups: Sequence[Group], present: Figures, strength: float = STRENGTH) -> Figures:
    """The parameters that explain the labels best, near the present ones.

    Each set weighs the same, however large. Newton's method on the mean log loss plus ``strength``
    times the squared distance from the present values, each measured by its own size. No parameter
    but the first (where the odds begin) may change its sign.
    """
    scale = np.maximum(np.abs(present), 0.25)
    values = present.copy()
    for _round in range(_ROUNDS):
        gradient = 2 * strength * (values - present) / scale**2
        curvature = np.diag(2 * strength / scale**2)
        for group in groups:
            weight = 1 / (len(groups) * max(len(group.labels), 1))
            chances = _chances(group.odds(values))
            gradient += weight * group.rows.T @ (chances - group.labels)
            spread = chances * (1 - chances)
            curvature += weight * (group.rows.T * spread) @ group.rows
        step = np.linalg.solve(curvature, gradient)
        values = values - step
        if float(np.abs(step).max()) < 1e-8:
            break
    floor = np.where(present >= 0, 0.0, -np.inf)
    return np.maximum(values, floor)


def report(group: Group, present: Figures, values: Figures) -> dict[str, Any]:
    """How well both explain a set: mean log loss, and the share of pairs of a good and another
    candidate of one demand that stand in the right order."""
    return {
        "set": group.name,
        "pairs": len(group.labels),
        "good": int(group.labels.sum()),
        "loss_before": round(log_loss(group, present), 4),
        "loss_after": round(log_loss(group, values), 4),
        "order_before": _rounded(order_right(group, present)),
        "order_after": _rounded(order_right(group, values)),
    }


def log_loss(group: Group, values: Figures) -> float:
    """The mean log loss of a set; 0 for an empty one."""
    if not len(group.labels):
        return 0.0
    chances = np.clip(_chances(group.odds(values)), _EDGE, 1 - _EDGE)
    good = group.labels > 0.5
    return float(-np.mean(np.where(good, np.log(chances), np.log(1 - chances))))


def order_right(group: Group, values: Figures) -> float | None:
    """The mean over demands; equal ones count half. None where no demand has both kinds."""
    odds = group.odds(values)
    places: dict[str, list[int]] = {}
    for place, query in enumerate(group.queries):
        places.setdefault(query, []).append(place)
    shares = []
    for found in places.values():
        rows = np.array(found)
        good, other = odds[rows[group.labels[rows] > 0.5]], odds[rows[group.labels[rows] <= 0.5]]
        if len(good) and len(other):
            apart = good[:, None] - other[None, :]
            shares.append(float(np.mean((apart > 0) + 0.5 * (apart == 0))))
    return float(np.mean(shares)) if shares else None


def leave_one_out(
    groups: Sequence[Group], present: Figures, strength: float = STRENGTH
) -> list[dict[str, Any]]:
    """For each set: how the parameters learnt from all the others explain it."""
    return [
        report(group, present, fit([one for one in groups if one is not group], present, strength))
        for group in groups
    ]


def _chances(odds: Figures) -> Figures:
    found: Figures = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return found


def _logit(chance: float) -> float:
    inside = min(max(chance, 1e-13), 1 - 1e-13)
    return float(np.log(inside / (1 - inside)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _read(weights: Mapping[str, Any], path: str) -> Any:
    found: Any = weights
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _write(weights: dict[str, Any], path: str, value: float) -> None:
    *parents, last = path.split(".")
    for name in parents:
        weights = weights[name]
    weights[last] = value
