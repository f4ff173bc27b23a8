"""What a process keeps of common words is what the database would say."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from achievements.models import Achievement
from achievements.services import update_listing
from matching.models import IndexEntry
from matching.search.word_cache import holders
from matching.services.indexing import refresh_entries
from matching.vectors.similarity import same_statistics
from tests.factories import AchievementFactory

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def listed(title: str) -> Achievement:
    made = AchievementFactory(state="published", title_en=title)
    refresh_entries([made.pk])
    return made


def test_holders_change_with_the_index_though_they_are_kept():
    stays, loses, gains = listed("Zeolite films"), listed("Zeolite beds"), listed("Clay films")
    assert set(holders("'zeolit'").numbers().tolist()) == {stays.pk, loses.pk}

    update_listing(loses, by=None, values={"title_en": "Sand beds"})
    update_listing(gains, by=None, values={"title_en": "Zeolite on clay"})
    new = listed("A zeolite of ash")

    with same_statistics(), CaptureQueriesContext(connection) as asked:
        found = holders("'zeolit'").numbers().tolist()
    assert sorted(found) == [stays.pk, gains.pk, new.pk]
    assert len(asked) == 1
    assert "updated_at" in asked.captured_queries[0]["sql"]


def test_holders_are_read_anew_after_a_minute_whatever_the_stamps_say(monkeypatch):
    first, late = listed("Zeolite films"), listed("Clay films")
    assert holders("'zeolit'").numbers().tolist() == [first.pk]
    # An entry made anew without a change of its listing: no stamp tells of it.
    Achievement.objects.filter(pk=late.pk).update(title_en="Zeolites", updated_at=LONG_AGO)
    IndexEntry.objects.filter(pk=late.pk).update(indexed_source_at=None)
    refresh_entries([late.pk])
    assert holders("'zeolit'").numbers().tolist() == [first.pk]
    monkeypatch.setattr("matching.search.word_cache.PERIOD", 0.0)
    assert sorted(holders("'zeolit'").numbers().tolist()) == [first.pk, late.pk]


def test_holders_that_were_not_asked_for_longest_are_forgotten_first(monkeypatch):
    keys = [listed("Zeolite and clay films").pk for _n in range(2)]
    monkeypatch.setattr("matching.search.word_cache.MOST", 16 * (keys[-1] // 64 + 1))
    for word in ("'zeolit'", "'clay'", "'film'"):
        assert sorted(holders(word).numbers().tolist()) == keys
    with same_statistics(), CaptureQueriesContext(connection) as asked:
        holders("'clay'")
        holders("'film'")
    assert all("updated_at" in query["sql"] for query in asked.captured_queries)
    with same_statistics(), CaptureQueriesContext(connection) as asked:
        holders("'zeolit'")
    assert "updated_at" not in asked.captured_queries[0]["sql"]


def test_holders_of_a_large_collection_are_read_again_when_much_has_changed(monkeypatch):
    first, second = listed("Zeolite films"), listed("Zeolite beds")
    monkeypatch.setattr("matching.search.word_cache.collection_size", lambda: 10**17)
    assert sorted(holders("'zeolit'").numbers().tolist()) == [first.pk, second.pk]

    monkeypatch.setattr("matching.search.word_cache.PERIOD", 1e-9)
    monkeypatch.setattr("matching.search.word_cache.MANY", 1)
    with CaptureQueriesContext(connection) as asked:
        assert sorted(holders("'zeolit'").numbers().tolist()) == [first.pk, second.pk]
    assert ["updated_at" in query["sql"] for query in asked.captured_queries] == [True, False]
