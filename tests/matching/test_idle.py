"""A large collection is not looked through again and again while nothing is to be done."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from achievements.models import Listing
from matching.embedding import embedder_name
from matching.models import IndexEntry
from matching.services import idle
from matching.services.indexing import refresh_entries, unindexed_listings
from matching.services.outstanding import backlog, index_outstanding
from matching.services.weights import active_weights
from tests.factories import AchievementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Listing:
    """One indexed listing of long ago, in what is taken for a large collection."""
    monkeypatch.setattr(idle, "is_small", lambda: False)
    listing = AchievementFactory(state="published")
    Listing.objects.update(updated_at=timezone.now() - timedelta(days=9))
    refresh_entries([listing.pk])
    return listing


def touch(listing: Listing, ago: timedelta) -> None:
    """As if it had been changed then, and no message of it had arrived."""
    Listing.objects.filter(pk=listing.pk).update(updated_at=timezone.now() - ago)
    IndexEntry.objects.filter(pk=listing.pk).update(indexed_source_at=None)


def test_change_is_found_at_once_though_nothing_was_outstanding_a_moment_ago(large):
    assert unindexed_listings(10) == []

    touch(large, timedelta(minutes=10))  # a long transaction stamped it and has just committed
    new = AchievementFactory(state="published")
    IndexEntry.objects.filter(pk=new.pk).delete()

    assert set(unindexed_listings(10)) == {large.pk, new.pk}
    assert index_outstanding() == 2
    assert unindexed_listings(10) == []


def test_what_became_outstanding_without_a_change_is_found_within_the_minute(large, monkeypatch):
    assert unindexed_listings(10) == []

    touch(large, timedelta(days=5))
    assert unindexed_listings(10) == []
    monkeypatch.setattr(idle, "monotonic", lambda: 1e12)  # a minute and more
    assert unindexed_listings(10) == [large.pk]


def test_named_by_a_message_it_is_found_at_once(large):
    assert unindexed_listings(10) == []

    touch(large, timedelta(days=5))

    assert unindexed_listings(10, only=large.pk) == [large.pk]


def test_while_nothing_is_to_be_done_only_what_changed_is_asked_for(large):
    IndexEntry.objects.update(
        embedder=embedder_name(),
        embedded_source_at=timezone.now(),
        matched_source_at=timezone.now(),
        matched_weights=active_weights(),
    )
    for _time in range(2):
        with CaptureQueriesContext(connection) as asked:
            unindexed_listings(10)
            backlog(41)

    statements = [one["sql"] for one in asked if "matching_indexentry" in one["sql"]]
    assert all('"achievements_listing"."updated_at" >= ' in sql for sql in statements), statements


def test_small_collection_is_looked_through_each_time():
    listing = AchievementFactory(state="published")
    refresh_entries([listing.pk])
    assert unindexed_listings(10) == []

    touch(listing, timedelta(days=5))

    assert unindexed_listings(10) == [listing.pk]
