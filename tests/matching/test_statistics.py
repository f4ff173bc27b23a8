"""Directions follow the centres, whoever measures meanwhile."""

import threading

import numpy as np
import pytest
from django.db import connection

from achievements.models import Listing
from matching.models import DIMENSIONS, CollectionStatistics, IndexEntry
from matching.search.text_query import read_query
from matching.services import outstanding
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.statistics import refresh_statistics
from matching.vectors.similarity import direction_of, is_measured, unit
from tests.factories import AchievementFactory


def embed(*titles: str) -> None:
    """Listings with these titles, indexed and embedded."""
    made = [AchievementFactory(title_en=title, title_zh="") for title in titles]
    refresh_entries([one.pk for one in made])
    embed_entries(limit=len(made))


def assert_directions_are_seen_from_the_centres() -> None:
    for entry in IndexEntry.objects.all():
        title, text = (np.array(entry.title_embedding), np.array(entry.text_embedding))
        wanted = direction_of(title, text, entry.kind, entry.languages)
        np.testing.assert_allclose(np.array(entry.direction), wanted, atol=2e-3)


@pytest.mark.django_db(transaction=True)
def test_text_embedded_while_the_centres_move_is_seen_from_the_new_ones(embedder, monkeypatch):
    embed(*(f"Cell of kind {n}" for n in range(30)))
    passages = embedder.passages

    def measured_meanwhile(texts):
        def refresh():
            refresh_statistics()
            connection.close()

        thread = threading.Thread(target=refresh)
        thread.start()
        thread.join(timeout=30)
        assert not thread.is_alive()
        return passages(texts)

    monkeypatch.setattr(embedder, "passages", measured_meanwhile)
    embed("Membrane")

    assert CollectionStatistics.objects.exclude(kind="").exists()
    assert_directions_are_seen_from_the_centres()


@pytest.mark.django_db
def test_before_anything_is_measured_a_text_finds_what_has_its_words_and_nothing_else(embedder):
    plain = embedder._vector
    # All vectors of a real model share a large part, so that all lie near to each other.
    embedder._vector = lambda text: unit(plain(text) + 3 * unit(np.ones(DIMENSIONS)))
    embed("Battery cell", *(f"Brick of clay {n}" for n in range(20)))
    (cell,) = Listing.objects.filter(title_en="Battery cell")
    assert read_query("battery").found.listings.numbers().tolist() == [cell.pk]
    refresh_statistics()
    assert read_query("battery").vector is not None


@pytest.mark.django_db
def test_what_is_embedded_is_measured_before_all_is(monkeypatch):
    monkeypatch.setattr(outstanding, "ENOUGH", 5)
    embed(*(f"Cell of kind {n}" for n in range(5)))
    monkeypatch.setattr(outstanding, "_embed_some", lambda _until: pytest.fail("not yet"))
    AchievementFactory(title_en="Membrane")
    with pytest.raises(pytest.fail.Exception):
        outstanding.work_for(60.0)
    assert is_measured()


@pytest.mark.django_db
def test_entry_without_a_direction_gets_one_with_the_next_figures():
    embed("Cell", "Membrane")
    refresh_statistics()
    IndexEntry.objects.filter(pk=Listing.objects.earliest("pk").pk).update(direction=None)

    refresh_statistics()

    assert_directions_are_seen_from_the_centres()
