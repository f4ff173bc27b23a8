"""What lies near a vector, and how near: in deviations above what is usual for its part.

A part is a kind in one language. Whether many entries are scanned or the vector index is asked is
decided in :mod:`matching.vectors.nearest`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from statistics import NormalDist
from typing import Any

import numpy as np
from django.db.models import Case, F, FloatField, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Length, Ord
from django.utils import timezone
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.django import CosineDistance, MaxInnerProduct

from achievements.models import Listing
from matching.embedding import Vectors
from matching.models import IndexEntry
from matching.sql.columns import Numbers
from matching.sql.parallel import Work, gather
from matching.sql.statements import Statement, slot
from matching.vectors.nearest import is_small, reach_of, walking_the_index
from matching.vectors.scales import USUAL, Scale, Scales
from matching.vectors.similarity import PARTS, collection_size, kind_size

NEAR = 1.75  # deviations above the mean from which a listing is near in meaning
UNKNOWN = NEAR / 2  # what is taken for the nearness of one that is not embedded
MOST_NEAR = 200  # about so many are near at most: the bar rises with the collection
FURTHER = 4  # times as far at most the vector index is asked where it gave mostly near ones
MOSTLY = 0.75  # of what it gave; at the edge of what is near it loses some

COLUMNS = ("i8", "f8", "f8")  # of an entry's number and of what `seen_by` gives


@dataclass(frozen=True)
class Found:
    """Listings, and how near in meaning each is, as z."""

    listings: Numbers
    nearness: NDArray[np.float64]


def near_bar() -> float:
    """Deviations above the mean that make a listing near in a collection of this size."""
    size = collection_size()
    if size <= 2 * MOST_NEAR:
        return NEAR
    return max(NEAR, NormalDist().inv_cdf(1 - MOST_NEAR / size))


def seen_by(vector: Combinable | None) -> tuple[Combinable, Combinable]:
    """The similarity of an entry's direction to a vector, NaN where unknown, and its part.

    :func:`nearness_of` makes the z of :func:`deviations` of them, in half the time.
    """
    nothing = Value(float("nan"), output_field=FloatField())
    code = Cast(Ord("kind") * 1000 + Ord("languages") * 4 + Length("languages"), FloatField())
    if vector is None:
        return nothing, code
    product = MaxInnerProduct(F("direction"), vector)
    return Coalesce(Value(-1.0) * product, nothing, output_field=FloatField()), code


def _code(kind: str, languages: str) -> int:
    return ord(kind[0]) * 1000 + ord(languages[0]) * 4 + len(languages)


@cache
def codes_with(languages: frozenset[str]) -> Sequence[int]:
    """The parts that have one of these languages, as :func:`seen_by` names them."""
    return [_code(kind, own) for kind, own in PARTS if any(one in own for one in languages)]


def nearness_of(similarity: Any, codes: Any, known: Scales) -> NDArray[np.float64]:
    """How many deviations similarities are above the mean of their parts; or what is usual."""
    by_code: Mapping[float, Scale] = {_code(*part): scale for part, scale in known.items()}
    found = np.full(len(similarity), UNKNOWN)
    there = ~np.isnan(similarity)
    for code in np.unique(codes[there]).tolist():
        scale = by_code.get(code, Scale(*USUAL))
        own = there & (codes == code)
        found[own] = (similarity[own] - scale.mean) / scale.deviation
    return found


def near_found(vector: Vectors, known: Scales) -> Found:
    """What is unusually near to a vector: by the exact scan, or by the index of much."""
    if not is_small():
        met = together(gather(*walks(vector, known)))
        there = met.nearness >= near_bar()
        return Found(met.listings[there], met.nearness[there])
    columns = _scan().columns(COLUMNS, vector=HalfVector(vector).to_text(), **bars(known))
    return Found(columns[0], nearness_of(columns[1], columns[2], known))


@cache
def _scan() -> Statement:
    vector = slot("vector", "halfvec")
    return Statement(near_entries(vector).order_by().values_list("pk", *seen_by(vector)))


def near_entries(vector: Combinable) -> QuerySet[IndexEntry]:
    """Live entries unusually near to a vector; with the slots of :func:`bars`."""
    bar = Case(
        *(
            When(kind=kind, languages=languages, then=slot(f"{kind}_{languages}", "float8"))
            for kind, languages in PARTS
        ),
        default=slot("elsewhere", "float8"),
    )
    similarity = Value(-1.0) * MaxInnerProduct(F("direction"), vector)
    live = IndexEntry.objects.live(slot("now", "timestamptz"))
    return live.alias(similarity=similarity).filter(similarity__gte=bar)


def bars(known: Scales) -> dict[str, Any]:
    """How similar an entry of each part must be to be near, now."""
    usual, bar = Scale(*USUAL), near_bar()
    own = {f"{kind}_{languages}": known.get((kind, languages)) for kind, languages in PARTS}
    least = {name: scale or usual for name, scale in (own | {"elsewhere": usual}).items()}
    return {name: one.mean + bar * one.deviation for name, one in least.items()} | {
        "now": timezone.now()
    }


def walks(vector: Vectors, known: Scales) -> tuple[Work, ...]:
    """What the vector index gives of each kind, near or not, as pieces of work that give
    :class:`Found`; the longest first."""
    kinds = sorted(Listing.Kind.values, key=kind_size, reverse=True)
    return tuple(partial(_met, vector, known, kind) for kind in kinds)


def _met(vector: Vectors, known: Scales, kind: str) -> Found:
    """What the index gives of a kind, and how near it is.

    Where most of it is near there is more, and the index is asked for twice as much, and so on up
    to ``FURTHER`` times. One statement besides those that set the index's reach, each time.
    """
    text, reach = HalfVector(vector).to_text(), reach_of(kind)
    for times in (1, 2, FURTHER):
        with walking_the_index():
            listings, similarity, codes = _walk(kind, reach * times).columns(
                COLUMNS, vector=text, now=timezone.now()
            )
        nearness = nearness_of(similarity, codes, known)
        if (nearness >= near_bar()).sum() <= MOSTLY * len(nearness):
            break
    return Found(listings, nearness)


@lru_cache(maxsize=32)
def _walk(kind: str, reach: int) -> Statement:
    vector = slot("vector", "halfvec")
    live = IndexEntry.objects.live(slot("now", "timestamptz"))
    live = live.filter(kind=kind, direction__isnull=False)
    nearest = live.order_by(CosineDistance("direction", vector))
    return Statement(nearest.values_list("pk", *seen_by(vector))[:reach])


def together(parts: Sequence[Found]) -> Found:
    """All that was found, of parts that have nothing in common."""
    return Found(
        np.concatenate([part.listings for part in parts]),
        np.concatenate([part.nearness for part in parts]),
    )


def deviations(vector: Vectors, known: Scales, prefix: str = "") -> Combinable:
    """The z of an entry: how near its direction is to this one, on its part's scale.

    ``prefix`` leads to the entry, as in ``index_entry__``. Null where it is not embedded.
    """
    # Both are of length one, so their product is the cosine, at a third of the work.
    product = MaxInnerProduct(F(f"{prefix}direction"), HalfVector(vector))
    similarity = Value(-1.0) * product
    mean, deviation = (
        Case(
            *(
                When(
                    **{f"{prefix}kind": kind, f"{prefix}languages": languages},
                    then=Value(getattr(scale, name)),
                )
                for (kind, languages), scale in known.items()
            ),
            default=Value(usual),
            output_field=FloatField(),
        )
        for name, usual in zip(("mean", "deviation"), USUAL, strict=True)
    )
    return (similarity - mean) / deviation
