"""Load data: like real listings for search and matching, the same each time, gone without trace."""

from collections.abc import Iterator
from io import StringIO

import numpy as np
import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from accounts.models import Organisation
from achievements.models import Listing
from matching.facets.listing_set import ListingSet
from matching.models import CollectionStatistics, IndexEntry, Lexeme
from matching.search import text_query as search
from matching.search.relevance import Ranked
from matching.search.text_query import find, matching_listings, read_query
from matching.seeding.aside import put_aside, put_back
from matching.seeding.load import is_finished, seed_load
from matching.seeding.vectors import Space
from matching.services.indexing import refresh_entries
from matching.services.matching import match_listing, rank_candidates
from matching.services.statistics import statistics_due
from matching.sql.columns import read_ids
from matching.vectors import nearest

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(shared_database) -> Iterator[list[int]]:
    """Three hundred listings of load data."""
    with shared_database():
        yield seed_load(300)


def test_seed_load_makes_live_listings_of_all_kinds_in_both_languages(made):
    live = Listing.objects.published()
    counts = {kind: live.filter(kind=kind).count() for kind in Listing.Kind.values}
    assert counts == {"achievement": 255, "demand": 30, "expert": 15}
    chinese = live.exclude(title_zh="").count()
    assert 120 <= chinese <= 190
    assert all(hasattr(row, row.kind) for row in live.select_related("achievement", "demand"))


def test_seed_load_entries_are_those_production_writes(made):
    columns = ("pk", "kind", "languages", "vector", "lexical", "indexed_source_at")
    before = list(IndexEntry.objects.order_by("pk").values_list(*columns))
    refresh_entries(made[:20])
    assert list(IndexEntry.objects.order_by("pk").values_list(*columns)) == before
    assert not IndexEntry.objects.stale().exists()
    assert not IndexEntry.objects.live().unembedded("words").exists()


def test_seed_load_leaves_statistics_of_every_part(made):
    whole = CollectionStatistics.objects.get(kind="")
    assert whole.documents == 300
    assert CollectionStatistics.objects.exclude(kind="").filter(mean__isnull=False).count() >= 6
    assert Lexeme.objects.count() > 1000
    assert not statistics_due()
    assert not IndexEntry.objects.filter(direction__isnull=True).exists()


def test_seed_load_puts_back_every_index_and_constraint(made):
    with connection.cursor() as cursor:
        names = set(connection.introspection.get_constraints(cursor, "matching_indexentry"))
        assert {index.name for index in IndexEntry._meta.indexes} <= names
        before = _definitions(cursor)
        put_aside(["matching_indexentry", "achievements_listing", "achievements_expert"])
        assert not is_finished()
        assert len(_definitions(cursor)) < len(before) - 20
        put_back(300)
        assert is_finished()
        assert _definitions(cursor) == before


def _definitions(cursor) -> list[tuple[str, str, str]]:
    cursor.execute(
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION"
        " SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
    )
    return cursor.fetchall()


def test_search_finds_load_data_by_a_word_of_its_title(made):
    listing = Listing.objects.filter(pk__in=made).exclude(title_en="").first()
    query = read_query(listing.title_en)
    found = read_ids(matching_listings(Listing.objects.published(), query))
    assert Ranked(query, ListingSet.of(found))[:1][0].tolist() == [listing.pk]


def test_a_word_in_very_many_listings_finds_the_same_without_asking_how_near_each_is(
    made, monkeypatch
):
    monkeypatch.setattr(nearest, "EXACT_ROWS", 60)  # so that the vector index is asked
    monkeypatch.setattr(nearest, "EF_SEARCH", 100)
    word = Lexeme.objects.filter(lexeme__regex="^[a-z]{4,}$").order_by("-documents")[0]
    own = {one.pk for one in IndexEntry.objects.all() if f"'{word.lexeme}'" in one.vector}
    assert len(own) > 40
    asked = find(read_query(word.lexeme))
    monkeypatch.setattr(search, "EVERYWHERE", 40)
    cache.clear()  # what was found is kept
    found = find(read_query(word.lexeme))
    assert found.listings.numbers().tolist() == asked.listings.numbers().tolist()
    assert own <= set(found.listings.numbers().tolist())
    met = dict(zip(found.known.listings.tolist(), found.known.nearness.tolist(), strict=True))
    all_met = dict(zip(asked.known.listings.tolist(), asked.known.nearness.tolist(), strict=True))
    assert 0 < len(met) < len(all_met)
    assert met == pytest.approx({key: all_met[key] for key in met})
    assert max(z for key, z in all_met.items() if key not in met) <= max(met.values())


def test_match_listing_finds_load_data_about_the_same(made):
    demand = Listing.objects.filter(kind="demand", pk__in=made).first()
    assert match_listing(demand.pk) > 0
    assert len(rank_candidates(demand.pk, "achievement")) >= 100


def test_seed_load_again_after_remove_writes_the_same_texts(made):
    def texts() -> list[tuple[str, ...]]:
        rows = Listing.objects.order_by("pk")
        return list(rows.values_list("kind", "title_en", "title_zh", "summary_en", "summary_zh"))

    before = texts()
    call_command("seed_load", remove=True, stdout=StringIO())
    assert not Listing.objects.exists()
    assert not Organisation.objects.filter(slug__startswith="load-data-").exists()
    seed_load(300)
    assert texts() == before


def test_space_has_the_neighbourhoods_of_real_embeddings():
    topics = np.arange(400) % 40
    title, text = Space(1).embeddings(topics.tolist(), ["en", "zh"] * 200)
    cosines = text @ text.T
    apart = cosines[topics[:, None] != topics[None, :]]
    together = cosines[(topics[:, None] == topics[None, :]) & ~np.eye(400, dtype=bool)]
    assert 0.7 < apart.mean() < 0.9
    assert together.mean() > apart.mean() + apart.std()
    assert (title * text).sum(axis=1).min() > 0.9
