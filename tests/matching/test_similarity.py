"""Where queries lie, how words weigh, and what a process keeps of listings."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from django.utils import timezone
from pgvector import SparseVector

from achievements.services import update_listing
from matching.models import CollectionStatistics, IndexEntry, Lexeme, QueryStatistics
from matching.scoring.compared_cache import compared_of
from matching.scoring.lexicon import Words, shares_of, weights_of, word_weights
from matching.scoring.profiles import Compared, Profile, best_works, load_profiles, text_fit
from matching.scoring.score import Side
from matching.search.lexemes import weight_of
from matching.search.text_query import read_query
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.statistics import refresh_statistics, statistics_due
from matching.text.tokens import SPARSE_DIMENSIONS, sparse_index
from matching.vectors.similarity import (
    PRIOR,
    asking,
    collection_size,
    kind_size,
    learn_query,
    query_direction,
    unit,
)
from tests import factories

TITLES = ("Solid electrolyte", "Carpet of wool", "Avian vaccine", "Laser for steel", "Fish farm")


@pytest.fixture
def collection(embedder):
    """A few embedded achievements, labels of fields, and the statistics of both."""
    scheme = factories.SchemeFactory(code="hightech")
    for label in ("Energy", "Materials", "Medicine"):
        factories.TermFactory(scheme=scheme, label_en=label, label_zh="")
    made = [factories.AchievementFactory(title_en=title, title_zh="") for title in TITLES]
    refresh_entries([one.pk for one in made])
    embed_entries(limit=len(made))
    refresh_statistics()
    return made


@pytest.mark.django_db
def test_queries_start_at_the_labels_of_fields_and_move_to_what_is_asked(collection, embedder):
    row = QueryStatistics.objects.get(language="en")
    labels = np.mean([embedder.query(text) for text in ("Energy", "Materials", "Medicine")], axis=0)
    np.testing.assert_allclose(row.centre, labels, atol=1e-6)
    assert not QueryStatistics.objects.filter(language="zh").exists()  # no label to start from

    asked = [f"pump number {n}" for n in range(PRIOR)]
    for text in asked:
        read_query(text)
        read_query(text)  # asked again, it counts once
    assert statistics_due()
    refresh_statistics()

    vectors = [embedder.query(text) for text in asked]
    row.refresh_from_db()
    assert (row.queries, row.used) == (2 * PRIOR, 2 * PRIOR)
    np.testing.assert_allclose(row.centre, (labels + np.mean(vectors, axis=0)) / 2, atol=1e-5)
    wanted = unit(vectors[0] - np.array(row.centre))
    np.testing.assert_allclose(query_direction(vectors[0], "en"), wanted, atol=1e-5)
    assert not statistics_due()


@pytest.mark.django_db
def test_query_of_a_language_nothing_is_known_of_stays_as_it_is(collection, embedder):
    vector = embedder.query("固态电池")

    learn_query(vector, "zh")

    assert query_direction(vector, "zh") is vector


@pytest.mark.django_db
def test_sizes_count_live_entries_by_kind(collection):
    assert collection_size() == len(TITLES)
    assert (kind_size("achievement"), kind_size("expert")) == (len(TITLES), 0)
    assert CollectionStatistics.objects.get(kind="achievement").documents == len(TITLES)


@pytest.mark.django_db
def test_words_weigh_as_in_search_and_unknown_ones_most(collection):
    lexeme = Lexeme.objects.order_by("-documents").first()
    places = np.array(sorted([lexeme.place, 7]), dtype=np.int64)
    size = collection_size()

    weights = dict(zip(places.tolist(), weights_of(places), strict=True))

    assert weights[lexeme.place] == pytest.approx(weight_of(lexeme.documents, size))
    assert weights[7] == pytest.approx(log(1 + (size + 0.5) / 0.5))
    assert word_weights(places.tolist()) == pytest.approx(weights)
    shares = dict(zip(places.tolist(), shares_of(places), strict=True))
    assert shares == {lexeme.place: lexeme.documents / size, 7: 0}


@pytest.mark.django_db
def test_single_chinese_character_weighs_only_where_it_is_rare(embedder):
    CollectionStatistics.objects.create(documents=100)
    counted = {"熔": 5, "电": 6, "电池": 6, "electrolyt": 50}
    for lexeme, documents in counted.items():
        Lexeme.objects.create(lexeme=lexeme, place=sparse_index(lexeme), documents=documents)

    weights = word_weights(sparse_index(lexeme) for lexeme in counted)

    weighed = {lexeme: weights[sparse_index(lexeme)] for lexeme in counted}
    assert weighed.pop("电") == 0
    assert weighed == pytest.approx({word: weight_of(counted[word], 100) for word in weighed})


def test_inner_product_of_words_counts_common_places_only():
    one = Words.of(SparseVector({3: 2.0, 9: 1.0, 40: 4.0}, 100))
    other = Words.of(SparseVector({1: 5.0, 9: 3.0, 40: 0.5}, 100))

    assert one.inner(other) == other.inner(one) == 1.0 * 3.0 + 4.0 * 0.5
    assert one.inner(Words.of(None)) == Words.of(None).inner(one) == 0.0


def _compared(kind, words):
    profile = Profile(0, kind, "en", None, Words.of(SparseVector(words, SPARSE_DIMENSIONS)))
    return Compared(profile, Side(), timezone.now())


@pytest.mark.django_db
def test_fit_in_words_with_a_text_that_has_words_of_all_kinds_is_less(collection):
    lexemes = Lexeme.objects.order_by("lexeme")
    shared, *others = lexemes.values_list("place", flat=True)
    demand = _compared("demand", {shared: 1.0})
    narrow = _compared("achievement", {shared: 1.0})
    broad = _compared("achievement", {shared: 1.0} | dict.fromkeys(others, 1.0))

    nearer, farther = (text_fit(demand, one).words for one in (narrow, broad))

    assert nearer > farther
    # That a person has done other things besides takes nothing away.
    people = [replace(one.profile, kind="expert") for one in (narrow, broad)]
    same = {text_fit(demand, Compared(one, Side(), timezone.now())).words for one in people}
    assert len(same) == 1
    assert same.pop() > nearer > farther


def _lying(kind, *directions):
    rows = np.array(directions, np.float32)
    works = rows if len(rows) > 1 else rows[:0]
    profile = Profile(0, kind, "en", unit(rows.mean(axis=0)), Words.of(None), works)
    return Compared(profile, Side(), timezone.now())


def _around(direction, how_many, near, seed):
    chance = np.random.default_rng(seed)
    noise = chance.standard_normal((how_many, 384)) / 384**0.5
    return [unit(near * direction + one) for one in noise]


@pytest.mark.django_db
def test_a_person_is_as_near_as_the_nearest_works(collection):
    chance = np.random.default_rng(0)
    subject, other = (unit(row) for row in chance.standard_normal((2, 384)))
    demand = _lying("demand", subject)
    elsewhere = _around(other, 30, 2.0, seed=1)
    with_some = _lying("expert", *_around(subject, 10, 1.0, seed=2), *elsewhere)
    with_few_more = _lying("expert", *_around(subject, 3, 1.0, seed=2), *elsewhere)
    without = _lying("expert", *elsewhere, *_around(other, 10, 1.0, seed=3))

    near = [text_fit(demand, one).meaning for one in (with_some, with_few_more, without)]

    assert near[0] > near[1] > near[2]
    # The order of the works changes nothing.
    turned = _lying("expert", *with_some.profile.works[::-1])
    assert text_fit(demand, turned).meaning == pytest.approx(near[0], abs=1e-5)


def test_many_works_are_not_near_by_their_number_alone():
    chance = np.random.default_rng(4)
    usual = {
        works: np.mean([best_works(0.8 * chance.standard_normal(works)) for _ in range(3000)])
        for works in (1, 4, 12, 40)
    }
    assert usual == pytest.approx(dict.fromkeys(usual, 0.0), abs=0.06)


@pytest.mark.django_db
def test_fit_says_nothing_of_meaning_or_words_that_cannot_be_compared(collection):
    demand = _compared("demand", {7: 1.0})
    chinese = replace(_compared("achievement", {7: 1.0}).profile, languages="zh")

    fit = text_fit(demand, Compared(chinese, Side(), timezone.now()))

    assert (fit.meaning, fit.words) == (None, None)


@pytest.mark.django_db
def test_asking_takes_away_some_of_what_all_directions_share(embedder):
    made = [
        factories.AchievementFactory(title_en=f"pump number {n}", title_zh="") for n in range(40)
    ]
    refresh_entries([one.pk for one in made])
    embed_entries(limit=len(made))
    direction = unit(embedder.query("pump") - 0.5)
    assert asking(direction) is direction  # nothing is known of the collection yet
    refresh_statistics()

    asked = asking(direction)

    assert abs(float(np.linalg.norm(asked)) - 1) < 1e-5
    covariance = np.frombuffer(
        CollectionStatistics.objects.get(kind="achievement").covariance, dtype=np.float32
    ).reshape(len(direction), -1)
    axis = np.linalg.eigh(covariance)[1][:, -1]  # where most differ
    along = unit(axis + 0.5 * direction)
    assert abs(float(asking(along) @ axis)) < abs(float(along @ axis))


@pytest.mark.django_db
def test_compared_is_kept_until_the_listing_changes(collection, django_assert_max_num_queries):
    listing = collection[0]
    ids = [one.pk for one in collection]
    first = compared_of(ids)

    with django_assert_max_num_queries(2):  # the stamps, and whether statistics are the same
        assert compared_of(ids) == first
    update_listing(listing, by=listing.created_by, values={"trl": 9})

    assert compared_of(ids)[listing.pk].side.readiness == 9
    assert first[listing.pk].side.readiness != 9


@pytest.mark.django_db
def test_profiles_read_as_the_server_sends_them_are_what_the_index_keeps(collection):
    bare = factories.DemandFactory()
    refresh_entries([bare.pk])
    IndexEntry.objects.filter(pk=bare.pk).update(lexical=None)

    profiles = load_profiles([*(one.pk for one in collection), bare.pk])

    assert len(profiles) == len(collection) + 1
    for entry in IndexEntry.objects.filter(pk__in=[one.pk for one in collection]):
        profile, words = profiles[entry.pk], Words.of(entry.lexical)
        assert (profile.kind, profile.languages) == ("achievement", entry.languages)
        assert profile.words.places.tolist() == words.places.tolist() != []
        np.testing.assert_allclose(profile.words.amounts, words.amounts, rtol=1e-6)
        np.testing.assert_array_equal(profile.direction, np.float16(entry.direction))
    assert profiles[bare.pk].direction is None
    assert profiles[bare.pk].words.places.tolist() == []
