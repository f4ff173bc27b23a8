"""How similar is unusually similar: the mean and the deviation of similarities to one asker.

Both follow from the mean and covariance of the stored directions of each part of the collection
(:mod:`matching.vectors.similarity`), without a scan.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from achievements.models import Listing
from matching.embedding import Vectors
from matching.vectors.similarity import PARTS, PRIOR, known_parts

# Directions of unrelated texts have a cosine around 0, with about this deviation.
USUAL = (0.0, 0.1)


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of one query's similarity to one part of the collection."""

    mean: float
    deviation: float

    def z(self, similarity: float) -> float:
        """Standard deviations above the mean."""
        return (similarity - self.mean) / self.deviation


Scales = Mapping[tuple[str, str], Scale]


def scales(asker: Vectors, kinds: Collection[str] = tuple(Listing.Kind.values)) -> Scales:
    """The scale of each part of these kinds for what :func:`asking` gives.

    Parts with few vectors lean on the whole, and a small whole on what is usual.
    """
    measured = {}
    for key, part in known_parts().items():
        if key[0] in kinds:
            variance = 0.0
            if part.covariance is not None:
                variance = float(asker @ part.covariance @ asker)
            measured[key] = (part.count, float(asker @ part.mean), max(variance, 0.0))
    whole = _mixed(list(measured.values()), USUAL[0], USUAL[1] ** 2)
    found = {}
    for key in PARTS:
        if key[0] in kinds:
            own = [measured[key]] if key in measured else []
            mean, variance = _mixed(own, *whole)
            found[key] = Scale(mean, max(variance**0.5, 1e-3))
    return found


def scales_of_rows(
    askers: Vectors, kinds: Collection[str]
) -> Mapping[tuple[str, str], tuple[Any, Any]]:
    """:func:`scales` of many: for each part the means and the deviations, one a row."""
    measured: dict[tuple[str, str], Any] = {}
    for key, part in known_parts().items():
        if key[0] in kinds:
            variance: Any = np.zeros(len(askers))
            if part.covariance is not None:
                variance = np.einsum("ij,ij->i", askers @ part.covariance, askers)
            measured[key] = (part.count, askers @ part.mean, np.maximum(variance, 0.0))
    whole = _mixed(list(measured.values()), USUAL[0], USUAL[1] ** 2)
    found: dict[tuple[str, str], tuple[Any, Any]] = {}
    for key in PARTS:
        if key[0] in kinds:
            own = [measured[key]] if key in measured else []
            middle, spread = _mixed(own, *whole)
            ones = np.ones(len(askers))
            found[key] = (middle * ones, np.maximum(spread**0.5, 1e-3) * ones)
    return found


def _mixed(
    parts: list[tuple[int, float, float]], usual_mean: float, usual_variance: float
) -> tuple[float, float]:
    count = sum(part[0] for part in parts) + PRIOR
    mean = (sum(part[0] * part[1] for part in parts) + PRIOR * usual_mean) / count
    variance = sum(part[0] * part[2] for part in parts) + PRIOR * usual_variance
    return mean, variance / count
