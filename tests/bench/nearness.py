"""What the vector index loses against the exact scan, with filters, and what it saves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
from django.http import QueryDict
from pgvector import HalfVector
from pgvector.django import MaxInnerProduct

from achievements.models import Listing
from matching.embedding import Vectors
from matching.filtersets import SearchFilterSet
from matching.models import IndexEntry
from matching.scoring.lexicon import Words
from matching.scoring.profiles import Profile
from matching.services import candidates
from matching.sql.columns import Numbers, among, read_ids
from matching.vectors import nearest
from matching.vectors.nearness import Found, near_found
from matching.vectors.scales import scales
from matching.vectors.similarity import asking, same_statistics, unit
from tests.bench.cases import common_regions
from tests.bench.timing import Times, times

DEPTH = 10  # recall@10
_SEED = 20261122
_ASIDE = 0.5  # how far a question lies from the listing it was made of
_SCAN, _INDEX = 10**9, 0  # so many entries are scanned rather than looked up


@dataclass(frozen=True)
class Recall:
    """The share of the ten nearest that the index finds within a filter; ``asked``: how often.

    ``search`` meets what the index finds with the filter, ``match`` walks the index with it, or
    scans what is few. None where nothing is near at all.
    """

    filters: str
    asked: int
    search: float | None
    match: float | None


@dataclass(frozen=True)
class Nearness:
    """Recall by filter, and what looking for near listings takes either way."""

    recalls: list[Recall]
    index: Times
    scan: Times
    in_use: str


def measure_nearness(most: int) -> Nearness:
    """Ask from up to ``most`` places between the listings."""
    questions = directions(most)
    return Nearness(
        recalls=[_recall(filters, questions) for filters in _filters()],
        index=times(lambda one: near(one, _INDEX), questions),
        scan=times(lambda one: near(one, _SCAN), questions),
        in_use="scan" if nearest.is_small() else "index",
    )


def directions(most: int) -> list[Vectors]:
    """Directions near those of listings all over the collection, as searches have them."""
    rows = IndexEntry.objects.live().filter(direction__isnull=False).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))
    chosen = rows.filter(pk__in=keys[:: max(len(keys) // most, 1)][:most])
    chance = np.random.default_rng(_SEED)
    found = []
    for direction in chosen.values_list("direction", flat=True):
        own = np.asarray(direction, np.float32)
        aside = _ASIDE * unit(chance.normal(size=len(own)))
        found.append(unit(own + aside).astype(np.float32))
    return found


@contextmanager
def _scanning_up_to(size: int) -> Iterator[None]:
    """Within, so many entries are scanned, and more are looked up in the index."""
    with patch.object(nearest, "EXACT_ROWS", size):
        yield


@same_statistics()
def near(direction: Vectors, exact_rows: int) -> Found:
    """What is near a direction, as search asks, by the scan or by the index."""
    with _scanning_up_to(exact_rows):
        return near_found(direction, scales(direction))


def _filters() -> list[dict[str, str]]:
    regions = common_regions(1)
    return [
        {},
        {"kind": "achievement"},
        {"trl_min": "7"},
        *({"region": code} for code in regions),
        *({"kind": "achievement", "trl_min": "7", "region": code} for code in regions),
    ]


def _recall(filters: dict[str, str], questions: Sequence[Vectors]) -> Recall:
    query = QueryDict(mutable=True)
    query.update(filters)
    members = read_ids(SearchFilterSet(query, Listing.objects.published()).found())
    search = [_of_search(one, members) for one in questions]
    match = [_of_match(one, members) for one in questions]
    return Recall(
        " ".join(f"{name}={value}" for name, value in filters.items()) or "none",
        len(questions),
        _mean(search),
        _mean(match),
    )


def _mean(shares: Sequence[float | None]) -> float | None:
    known = [one for one in shares if one is not None]
    return round(float(np.mean(known)), 4) if known else None


def _share(found: Numbers, wanted: Numbers) -> float | None:
    return float(np.isin(wanted, found).mean()) if len(wanted) else None


def _of_search(direction: Vectors, members: Numbers) -> float | None:
    scan, index = (_nearest_in(near(direction, size), members) for size in (_SCAN, _INDEX))
    return _share(index, scan)


def _nearest_in(found: Found, members: Numbers) -> Numbers:
    there = np.isin(found.listings, members)
    listings, nearness = found.listings[there], found.nearness[there]
    best: Numbers = listings[np.lexsort((listings, -nearness))][:DEPTH]
    return best


def _of_match(direction: Vectors, members: Numbers) -> float | None:
    """Candidates of a demand: achievements within the filter, scanned where these are few."""
    kind, asked = Listing.Kind.ACHIEVEMENT, asking(direction)
    entries = IndexEntry.objects.live().filter(among(members))
    rows = entries.filter(kind=kind, direction__isnull=False)
    wanted = rows.order_by(MaxInnerProduct("direction", HalfVector(asked)), "pk")
    profile = Profile(0, Listing.Kind.DEMAND, "en", direction, Words.of(None))
    found = candidates.nearest(profile, entries, kind)
    return _share(
        np.array(sorted(found), np.int64),
        np.array(wanted.values_list("pk", flat=True)[:DEPTH], np.int64),
    )
