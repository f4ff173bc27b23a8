"""How unusual a similarity is: cosines read against how the collection lies around a query.

Cosines of one model lie in a narrow band (e5: 0.65–0.90) that moves from query to query and is
lower where query and document differ in language. Standard deviations above the mean of its own
part of the collection, z, can be added to other scores, compared and shown. Mean and deviation
follow from the mean and covariance of the stored vectors, without a scan.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np

from achievements.models import Listing
from matching.embedding import Vectors, embedder_name
from matching.models import DIMENSIONS, CollectionStatistics

# For collections too small to measure: what multilingual-e5-small shows on texts like ours.
USUAL = (0.76, 0.03)
# A part's own figures weigh by its size; so many vectors' worth of what is usual is mixed in.
PRIOR = 20

LANGUAGES = ("en", "zh", "enzh")
PARTS = tuple((kind, languages) for kind in Listing.Kind.values for languages in LANGUAGES)


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of one query's similarity to one part of the collection."""

    mean: float
    deviation: float

    def z(self, similarity: float) -> float:
        """Standard deviations above the mean."""
        return (similarity - self.mean) / self.deviation


Scales = Mapping[tuple[str, str], Scale]


class _Parts:
    """The statistics of the collection, kept by a process until they are made anew."""

    key: ClassVar[tuple[str, datetime | None]] = ("", None)
    rows: ClassVar[dict[tuple[str, str], tuple[int, Vectors, Vectors | None]]] = {}
    documents: ClassVar[int] = 0


_pinned: ContextVar[bool] = ContextVar("statistics_pinned", default=False)


@contextmanager
def same_statistics() -> Iterator[None]:
    """Look once whether the statistics were made anew, and use the same ones throughout."""
    _parts()
    token = _pinned.set(True)
    try:
        yield
    finally:
        _pinned.reset(token)


def _parts() -> dict[tuple[str, str], tuple[int, Vectors, Vectors | None]]:
    if _pinned.get():
        return _Parts.rows
    newest = CollectionStatistics.objects.order_by("-computed_at")
    key = (embedder_name(), newest.values_list("computed_at", flat=True).first())
    if key != _Parts.key:
        found = {}
        documents = 0
        for row in CollectionStatistics.objects.all():
            if not row.kind:
                documents = row.documents
            elif row.embedder == key[0] and row.mean is not None:
                covariance = None
                if row.covariance is not None:
                    covariance = np.frombuffer(row.covariance, dtype=np.float32)
                    covariance = covariance.reshape(DIMENSIONS, DIMENSIONS)
                mean = np.asarray(row.mean, dtype=np.float32)
                found[row.kind, row.languages] = (row.documents, mean, covariance)
        _Parts.rows, _Parts.documents, _Parts.key = found, documents, key
    return _Parts.rows


def statistics_key() -> object:
    """What changes when the statistics are made anew."""
    _parts()
    return _Parts.key


def collection_size() -> int:
    """How many live entries there were when the statistics were made; 0 before the first time."""
    _parts()
    return _Parts.documents


def scales(vector: Vectors) -> Scales:
    """The scale of each part of the collection for a query's vector; all parts are there.

    Parts with few vectors lean on the whole, and a small whole on what is usual.
    """
    measured = {}
    for part, (count, mean, covariance) in _parts().items():
        variance = float(vector @ covariance @ vector) if covariance is not None else 0.0
        measured[part] = (count, float(vector @ mean), max(variance, 0.0))
    whole = _mixed(list(measured.values()), USUAL[0], USUAL[1] ** 2)
    found = {}
    for part in PARTS:
        own = [measured[part]] if part in measured else []
        mean_, variance = _mixed(own, *whole)
        found[part] = Scale(mean_, max(variance**0.5, 1e-3))
    return found


def _mixed(
    parts: list[tuple[int, float, float]], usual_mean: float, usual_variance: float
) -> tuple[float, float]:
    count = sum(part[0] for part in parts) + PRIOR
    mean = (sum(part[0] * part[1] for part in parts) + PRIOR * usual_mean) / count
    variance = sum(part[0] * part[2] for part in parts) + PRIOR * usual_variance
    return mean, variance / count
