"""Neighbours by the vector index: the same as by the exact scan, and none lost to a filter."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pgvector import HalfVector

from achievements.models import Listing
from matching.models import DIMENSIONS, CollectionStatistics, IndexEntry
from matching.scoring.lexicon import Words
from matching.scoring.profiles import Profile
from matching.services import candidates
from matching.vectors import nearest
from matching.vectors.nearness import near_found
from matching.vectors.scales import scales
from matching.vectors.similarity import unit
from tests.factories import AchievementFactory, DemandFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

SIZE = 600
TOPICS = 12


def directions(size: int) -> np.ndarray:
    """Like those of real texts: a few dimensions carry most, subjects lie in clusters."""
    chance = np.random.default_rng(7)
    spread = 1 / np.sqrt(np.arange(1, DIMENSIONS + 1))
    topics = chance.normal(size=(TOPICS, DIMENSIONS)) * spread
    own = chance.normal(size=(size, DIMENSIONS)) * spread
    return np.stack([unit(topics[n % TOPICS] + 0.9 * row) for n, row in enumerate(own)])


@pytest.fixture
def rows() -> np.ndarray:
    """The directions of six hundred live achievements, in the order of their numbers."""
    made = directions(SIZE)
    organisation = OrganisationFactory()
    IndexEntry.objects.bulk_create(
        IndexEntry(
            listing=AchievementFactory(organisation=organisation),
            kind="achievement",
            languages="en",
            direction=HalfVector(direction),
        )
        for direction in made
    )
    CollectionStatistics.objects.create(kind="", documents=SIZE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE matching_indexentry")
    return made


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty entries count as many, and the index gives a hundred and fifty."""
    monkeypatch.setattr(nearest, "EXACT_ROWS", 60)
    monkeypatch.setattr(nearest, "WALKED", 60)
    monkeypatch.setattr(nearest, "EF_SEARCH", 150)


def a_demand(direction: np.ndarray) -> tuple[Listing, Profile]:
    return DemandFactory(), Profile(0, "demand", "en", direction, Words.of(None))


def found_near(direction: np.ndarray) -> tuple[set[int], bool]:
    """Candidates by meaning, and whether the vector index was asked."""
    listing, profile = a_demand(direction)
    with CaptureQueriesContext(connection) as asked:
        found = candidates.candidates(listing, profile, "achievement")
    return found, any("hnsw.ef_search" in query["sql"] for query in asked.captured_queries)


def hide(keys: list[int]) -> None:
    """Only their own organisation may see these."""
    Listing.objects.filter(pk__in=keys).update(visibility=Listing.Visibility.OWNER)


def by_distance(rows: np.ndarray, direction: np.ndarray) -> list[int]:
    keys = list(IndexEntry.objects.order_by("pk").values_list("pk", flat=True))
    return [keys[place] for place in np.argsort(-(rows @ direction), kind="stable")]


def recall(found: set[int], wanted: set[int]) -> float:
    return len(found & wanted) / len(wanted)


def test_near_found_many_near_ones_are_found_beyond_the_first_reach(rows, monkeypatch):
    direction = rows[0]
    known = scales(direction)
    monkeypatch.setattr("matching.vectors.nearness.near_bar", lambda: -np.inf)  # all are near
    near_bar_passed = near_ids(direction, known)
    assert len(near_bar_passed) == SIZE
    monkeypatch.setattr(nearest, "EXACT_ROWS", 60)
    monkeypatch.setattr(nearest, "EF_SEARCH", 100)

    found = near_ids(direction, known)

    assert len(found) == 4 * 100
    assert recall(found, set(by_distance(rows, direction)[:400])) >= 0.95


def near_ids(direction: np.ndarray, known: dict) -> set[int]:
    return set(near_found(direction, known).listings.tolist())


def test_index_finds_what_the_scan_finds(rows, monkeypatch):
    direction = rows[5]
    exact, asked = found_near(direction)
    assert not asked
    monkeypatch.setattr(nearest, "EXACT_ROWS", 60)
    monkeypatch.setattr(nearest, "EF_SEARCH", 150)
    indexed, asked = found_near(direction)
    assert asked
    assert len(exact) == len(indexed) == candidates.NEAREST
    assert recall(indexed, exact) >= 0.95
    # What is remembered of a large collection does not hold for one that has become small.
    monkeypatch.setattr(nearest, "EXACT_ROWS", 40_000)
    assert found_near(direction) == (exact, False)


def test_few_eligible_rows_are_all_found_however_far(rows, many):
    order = by_distance(rows, rows[5])
    hide(order[:-40])
    found, asked = found_near(rows[5])
    assert not asked
    assert found == set(order[-40:])


def test_kind_its_index_walks_through_is_walked_and_loses_none(rows, many, monkeypatch):
    monkeypatch.setattr(nearest, "WALKED", SIZE)
    monkeypatch.setattr(nearest, "kind_size", lambda _kind: SIZE)
    order = by_distance(rows, rows[5])
    hide(order[:-40])
    found, asked = found_near(rows[5])
    assert asked
    assert found == set(order[-40:])


def test_selective_filter_over_many_rows_loses_none(rows, many):
    order = by_distance(rows, rows[5])
    hide(order[:300])
    found, asked = found_near(rows[5])
    assert asked
    assert len(found) == candidates.NEAREST
    assert recall(found, set(order[300 : 300 + candidates.NEAREST])) >= 0.9


def test_statements_after_the_index_are_planned_as_ever(rows, many):
    found_near(rows[5])
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_sort")
        assert cursor.fetchone() == ("on",)


def test_search_by_the_index_finds_what_the_scan_finds(two_connections, rows, monkeypatch):
    direction = rows[5].astype(np.float32)
    known = scales(direction)
    monkeypatch.setattr("matching.vectors.nearness.near_bar", lambda: 2.5)
    exact = near_ids(direction, known)
    monkeypatch.setattr(nearest, "EXACT_ROWS", 60)
    monkeypatch.setattr(nearest, "EF_SEARCH", 150)
    order = by_distance(rows, direction)
    assert 30 < len(exact) < 140
    assert recall(near_ids(direction, known), exact) >= 0.95
    # Withdrawn ones nearby take no live one's place.
    Listing.objects.filter(pk__in=order[:200]).update(state="withdrawn")
    monkeypatch.setattr("matching.vectors.nearness.near_bar", lambda: -9.0)
    assert recall(near_ids(direction, known), set(order[200:340])) >= 0.9


def test_many_are_counted_once_for_askers_alike_and_few_each_time(rows, many):
    def counted(direction: np.ndarray) -> int:
        with CaptureQueriesContext(connection) as asked:
            found_near(direction)
        return sum("COUNT(*)" in query["sql"] for query in asked.captured_queries)

    assert [counted(rows[5]), counted(rows[6])] == [1, 0]

    CollectionStatistics.objects.update(computed_at=timezone.now())  # made anew
    hide(by_distance(rows, rows[5])[:-40])
    assert [counted(rows[5]), counted(rows[6])] == [1, 1]
    assert found_near(rows[5])[1] is False
