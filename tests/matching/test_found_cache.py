"""What a text finds is kept for a minute, and is what looking again would find."""

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.models import Achievement, Listing
from achievements.services import update_listing
from matching.facets.listing_set import ListingSet
from matching.models import CollectionStatistics
from matching.search import found_cache
from matching.search.found_cache import TextFound
from matching.search.text_query import read_query
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.vectors import nearest
from matching.vectors.nearness import UNKNOWN, Found
from tests.factories import AchievementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def many(measured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three entries count as many, so that what a text finds is kept; no other words are near."""
    monkeypatch.setattr("matching.vectors.nearness.NEAR", 4.0)
    monkeypatch.setattr(nearest, "EXACT_ROWS", 3)
    CollectionStatistics.objects.create(kind="", documents=1000)


@pytest.fixture(autouse=True)
def _long_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what changes after the first question counts as changed."""
    monkeypatch.setattr(found_cache, "OVERLAP", timedelta(0))


def listed(title: str) -> Achievement:
    made = AchievementFactory(state="published", title_en=title)
    refresh_entries([made.pk])
    embed_entries(limit=10)
    return made


def retitled(one: Achievement, title: str) -> None:
    update_listing(one, by=None, values={"title_en": title})
    refresh_entries([one.pk])
    embed_entries(limit=10)


def found(text: str) -> tuple[list[int], dict[int, float], bool]:
    """What a text finds, how near it is, and whether the vector index was asked for it."""
    with CaptureQueriesContext(connection) as asked:
        answer = read_query(text).found
    nearness = dict(zip(answer.known.listings.tolist(), answer.known.nearness, strict=True))
    looked = any("hnsw.ef_search" in query["sql"] for query in asked.captured_queries)
    return answer.listings.numbers().tolist(), nearness, looked


@pytest.mark.parametrize("text", ["zeolite", "zeolite films for desalting brine"])
def test_asked_again_a_text_finds_what_changed_meanwhile(many, text):
    stays, loses = listed("Zeolite films for desalting brine"), listed("Zeolite films, brine")
    gains, gone = listed("Bread ovens"), listed("Zeolite films of old for brine")
    listings, _nearness, looked = found(text)
    assert looked
    assert listings == [stays.pk, loses.pk, gone.pk]

    retitled(loses, "Bridges of timber")
    retitled(gains, "Desalting brine with zeolite films")
    new = listed("Films of zeolite that desalt brine")
    Listing.objects.filter(pk=gone.pk).delete()

    listings, nearness, looked = found(text)
    assert not looked
    assert [one for one in listings if one != gone.pk] == [stays.pk, gains.pk, new.pk]
    found_cache.store.clear()
    assert found(text) == (
        [stays.pk, gains.pk, new.pk],
        pytest.approx({key: z for key, z in nearness.items() if key != gone.pk}, abs=1e-6),
        True,
    )


def test_a_text_is_looked_for_anew_when_much_changed_or_the_statistics_did(many, monkeypatch):
    first, second = listed("Zeolite films"), listed("Zeolite beds")
    assert found("zeolite")[2]
    assert not found("zeolite")[2]

    monkeypatch.setattr(found_cache, "MANY", 1)
    for one in (first, second):
        Listing.objects.filter(pk=one.pk).update(updated_at=timezone.now())
    assert found("zeolite")[2]

    CollectionStatistics.objects.update(computed_at=timezone.now())
    assert found("zeolite")[2]


def test_a_text_is_looked_for_anew_after_a_minute(many, monkeypatch):
    listed("Zeolite films")
    monkeypatch.setattr(found_cache, "PERIOD", 0)
    assert [found("zeolite")[2] for _time in range(2)] == [True, True]


def test_what_is_found_without_an_embedder_is_not_kept(many, monkeypatch):
    one = listed("Zeolite films")
    assert found("zeolite")[2]
    with monkeypatch.context() as away:
        away.setattr("matching.search.text_query.embed_query", lambda *_given: None)
        for text in ("zeolite", "films"):
            assert found(text) == ([one.pk], {one.pk: pytest.approx(UNKNOWN)}, False)
    assert found("films")[2]


@pytest.mark.parametrize("size", [2, 40])
def test_what_is_kept_is_the_same_again_however_short(size):
    listings = ListingSet.of(range(0, 40, 40 // size))
    whole = TextFound(listings, Found(np.array([5, 3]), np.array([0.1, 1 / 3])))
    again = TextFound.from_plain(whole.plain())
    assert again.listings.numbers().tolist() == listings.numbers().tolist()
    assert again.known.listings.tolist() == [5, 3]
    assert again.known.nearness.tolist() == [0.1, 1 / 3]
    assert whole.plain()[0].nbytes <= listings.bits.nbytes
