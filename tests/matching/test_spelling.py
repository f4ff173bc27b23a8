"""“Did you mean”: only where a word occurs nowhere, only words that everyone may read."""

import pytest
from django.urls import reverse

from matching.results.spelling import did_you_mean
from matching.services.statistics import refresh_statistics
from tests.matching.test_filtersets import _achievement, _index, _search

pytestmark = pytest.mark.django_db
SEARCH = reverse("matching:search")


@pytest.fixture
def collection():
    """Public words, and one that only members may read."""
    listings = [
        _achievement("Solid electrolytes for batteries"),
        _achievement("Graphene sieve"),
        _achievement("Graphene ink"),
        _achievement("Secret perovskite", visibility="members"),
    ]
    _index(*listings, embed=True)
    refresh_statistics()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("grafene", "graphene"),
        ("grphene sieve", "graphene sieve"),
        ("solid electrolite", "solid electrolytes"),
        ("Electrolits trl:>=4 -ink", "electrolytes trl:>=4 -ink"),
        ("battrey", "batteries"),
    ],
)
def test_meant_word_with_a_typing_error_is_mended(typed, meant, collection):
    assert did_you_mean(_search(f"q={typed}")) == meant


@pytest.mark.parametrize("typed", ["graphene", "battery", "石墨烯", "zzyzx", "ink", "perovskyte"])
def test_meant_is_nothing_where_the_word_is_known_or_nothing_public_is_like_it(typed, collection):
    assert did_you_mean(_search(f"q={typed}")) is None


def test_meant_asks_nothing_where_all_words_are_known(collection, django_assert_num_queries):
    search = _search("q=graphene sieve")
    assert search.text_query is not None

    with django_assert_num_queries(0):
        assert did_you_mean(search) is None


def test_search_page_and_api_offer_the_mended_query(client, api, collection):
    page = client.get(SEARCH, {"q": "grafene", "kind": "achievement"})
    body = api.get("/api/v1/search/", {"q": "grafene"}).json()

    assert body["query"]["did_you_mean"] == "graphene"
    assert "Did you mean" in page.text
    shown = client.get(page.context["meant"]["url"])
    assert shown.context["paginator"].count == 2
