"""Figures of a ranking: nDCG@10, R@100, MRR@10, pair loss, their intervals, two runs compared.

nDCG has linear gain, as trec_eval; the first three come from `ir-measures`. The pair loss is of
the gold standard of reviewers' expertise (Stelmakh et al., 2023): over all pairs of queries one
person rated differently, the share that the scores put in the wrong order, weighted by how far the
ratings lie apart; equal scores count half.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG
from numpy.typing import NDArray

from matching.quality.judged import Ratings

MEASURES = {"nDCG@10": nDCG @ 10, "R@100": R @ 100, "MRR@10": RR @ 10}
PAIR_LOSS = "pair loss"
_RESAMPLES = 2_000
_SEED = 20261122

Run = Mapping[str, Sequence[tuple[str, float]]]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Figure:
    """The mean of a measure, with its 95 % bootstrap interval over queries (or persons)."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Two runs query by query; ``p`` is that of a paired randomisation test, two-sided."""

    wins: int
    ties: int
    losses: int
    p: float


def per_query(run: Run, ratings: Ratings) -> dict[str, dict[str, float]]:
    """Each measure's value for each judged query; a query without results counts as 0."""
    judged = [
        ir_measures.Qrel(query, document, int(rating))
        for query, documents in ratings.items()
        for document, rating in documents.items()
    ]
    found = [
        ir_measures.ScoredDoc(query, document, -place)
        for query, documents in run.items()
        for place, (document, _score) in enumerate(documents)
    ]
    values: dict[str, dict[str, float]] = {name: {} for name in MEASURES}
    names = {measure: name for name, measure in MEASURES.items()}
    for line in ir_measures.iter_calc(list(MEASURES.values()), judged, found):
        values[names[line.measure]][line.query_id] = line.value
    relevant = {q for q, documents in ratings.items() if any(r > 0 for r in documents.values())}
    return {
        name: {query: found_.get(query, 0.0) for query in sorted(relevant)}
        for name, found_ in values.items()
    }


def pair_losses(run: Run, ratings: Ratings) -> dict[str, tuple[float, float]]:
    """For each document (a person): the weight of wrongly ordered pairs, and of all pairs."""
    scores = {(q, document): score for q, found in run.items() for document, score in found}
    rated: dict[str, list[tuple[float, float]]] = {}
    for query, documents in ratings.items():
        for document, rating in documents.items():
            score = scores.get((query, document), float("-inf"))
            rated.setdefault(document, []).append((rating, score))
    losses = {}
    for document, rows in sorted(rated.items()):
        wrong = total = 0.0
        for (a, score_a), (b, score_b) in combinations(rows, 2):
            weight = abs(a - b)
            total += weight
            if score_a == score_b:
                wrong += weight / 2
            elif (a - b) * (1 if score_a > score_b else -1) < 0:
                wrong += weight
        losses[document] = (wrong, total)
    return losses


def mean_of(values: Values) -> Figure:
    """The mean over queries with its interval."""
    array = np.array([values[query] for query in sorted(values)])
    return _interval(array, np.ones_like(array))


def pair_loss_of(losses: Mapping[str, tuple[float, float]]) -> Figure:
    """Wrong weight over all weight, with its interval over persons."""
    rows = np.array([losses[document] for document in sorted(losses)])
    return _interval(rows[:, 0], rows[:, 1])


def _interval(parts: NDArray[np.float64], weights: NDArray[np.float64]) -> Figure:
    if not len(parts) or not weights.sum():
        return Figure(0.0, 0.0, 0.0)
    picks = np.random.default_rng(_SEED).integers(0, len(parts), (_RESAMPLES, len(parts)))
    means = parts[picks].sum(axis=1) / np.maximum(weights[picks].sum(axis=1), 1e-12)
    low, high = np.quantile(means, [0.025, 0.975])
    return Figure(float(parts.sum() / weights.sum()), float(low), float(high))


def compare(values: Values, baseline: Values) -> Comparison:
    """One measure of two runs over the queries both have."""
    queries = sorted(values.keys() & baseline.keys())
    gains = np.array([values[query] - baseline[query] for query in queries])
    signs = np.random.default_rng(_SEED).choice([-1.0, 1.0], (_RESAMPLES, len(gains)))
    chance = np.abs((signs * gains).sum(axis=1)) >= abs(gains.sum()) - 1e-12
    return Comparison(
        wins=int((gains > 1e-9).sum()),
        ties=int((np.abs(gains) <= 1e-9).sum()),
        losses=int((gains < -1e-9).sum()),
        p=float((chance.sum() + 1) / (_RESAMPLES + 1)),
    )
