"""Searches with hardly a result: what leaving out one part finds, said and linked."""

from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matching.results.relaxing import nearest, relaxed
from tests import factories
from tests.matching.test_filtersets import _achievement, _index, _search

pytestmark = pytest.mark.django_db
SEARCH = reverse("matching:search")


@pytest.fixture
def collection():
    """Batteries of several levels, enough carpets to tell them from, and a members' battery."""
    listings = [_achievement(f"Battery of glass number {n}", trl=n) for n in (2, 3, 8)]
    listings.append(_achievement("Battery of glass for members", visibility="members", trl=2))
    listings += [_achievement(f"Carpet {n}", trl=9) for n in range(8)]
    _index(*listings, embed=True)
    return listings


def _steps(query: str) -> list[tuple[str, str, dict[str, list[str]], int]]:
    search = _search(query)
    steps = relaxed(search, search.qs.count())
    return [(one.dropped, one.part, parse_qs(one.address), one.count) for one in steps]


def test_relaxed_phrase_offers_its_words_without_the_marks(collection):
    assert _steps('q="glass battery"') == [
        ("phrase", '"glass battery"', {"q": ["glass battery"]}, 3)
    ]


def test_relaxed_exclusion_is_offered_without(collection):
    assert _steps("q=battery -glass") == [("excluded", "-glass", {"q": ["battery"]}, 3)]


def test_relaxed_filter_most_in_the_way_is_offered_then_all(collection):
    assert _steps("q=battery trl:>=8&trl_max=8&result_kind=ongoing") == [
        ("filter", "Result or project", {"q": ["battery trl:>=8"], "trl_max": ["8"]}, 1),
        ("filters", "", {"q": ["battery"]}, 3),
    ]
    assert _steps("q=battery trl:>=8&trl_max=9") == [
        ("filter", "trl:>=8", {"q": ["battery"], "trl_max": ["9"]}, 3)
    ]


def test_relaxed_counts_are_what_the_link_shows_and_only_of_visible_listings(collection):
    for query in ('q="glass battery"', "q=battery -glass", "q=battery&trl_min=9"):
        search = _search(query)
        for step in relaxed(search, search.qs.count()):
            assert _search(step.address).qs.count() == step.count == 3


def test_relaxed_is_nothing_where_nothing_can_be_left_out(collection, django_assert_num_queries):
    search = _search("q=zeppelin")
    count = search.qs.count()

    with django_assert_num_queries(0):
        assert relaxed(search, count) == []


def test_nearest_keeps_the_filters_and_what_is_excluded(collection):
    search = _search('q="battery glass" -carpet&trl_min=3')

    assert list(search.qs) == []
    assert {row.pk for row in nearest(search)} == {collection[1].pk, collection[2].pk}


def test_search_page_says_what_it_left_out_and_links_to_it(client, collection):
    response = client.get(SEARCH, {"q": '"glass battery"', "kind": "achievement"})

    assert response.context["paginator"].count == 0
    assert "without the quotation marks of" in response.text
    (step,) = response.context["relaxed"]
    assert f"{SEARCH}?{step.address}".replace("&", "&amp;") in response.text
    assert parse_qs(step.address) == {"q": ["glass battery"], "kind": ["achievement"]}
    assert "Nearest in meaning" in response.text
    assert "for members" not in response.text


def test_search_page_with_enough_results_relaxes_nothing(client, collection):
    response = client.get(SEARCH, {"q": "battery"})

    assert response.context["paginator"].count == 3
    assert "More can be found" not in response.text


def test_api_search_says_what_leaving_out_a_part_finds(api, collection):
    body = api.get("/api/v1/search/", {"q": '"glass battery"'}).json()

    assert body["query"]["relaxed"] == [
        {"dropped": "phrase", "part": '"glass battery"', "query": "q=glass+battery", "count": 3}
    ]
    assert {row["id"] for row in body["query"]["nearest"]} <= {row.pk for row in collection}
    assert len(body["query"]["nearest"]) == 3


@pytest.mark.parametrize("trl", ["8", "9"])
def test_search_page_with_hardly_a_result_asks_no_more_than_twelve_times(client, collection, trl):
    energy = factories.TermFactory(scheme__code="hightech", code="6")
    query = {"q": '"glass" battery', "kind": "achievement", "trl_min": trl}
    client.get(SEARCH, query)

    with CaptureQueriesContext(connection) as asked:
        client.get(SEARCH, query)

    assert energy.pk
    assert len(asked) <= 12, [one["sql"][:120] for one in asked]
