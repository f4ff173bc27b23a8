"""The search page: what a visitor sees, follows and shares."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matching.services.indexing import refresh_entries
from tests import factories
from tests.parity import ListParity

pytestmark = pytest.mark.django_db
SEARCH = reverse("matching:search")


@pytest.fixture
def catalogue():
    """Two achievements, a demand, an anonymous demand and an expert, indexed."""
    energy = factories.TermFactory(
        scheme__code="hightech", code="6", label_en="New energy", label_zh="新能源"
    )
    cathode = factories.AchievementFactory(
        title_en="Sodium cathode", title_zh="钠电正极", fields=[energy], trl=7
    )
    pump = factories.AchievementFactory(
        title_en="Quiet pump", title_zh="静音泵", fields=[energy], trl=3
    )
    demand = factories.DemandFactory(title_en="Sodium cells wanted", title_zh="求购钠电池")
    hidden = factories.DemandFactory(
        title_en="Sodium storage wanted", title_zh="求购钠储能", anonymous=True
    )
    expert = factories.ExpertFactory(title_en="Han Zhiyuan", title_zh="韩致远")
    found = [cathode, pump, demand, hidden, expert]
    refresh_entries([listing.pk for listing in found])
    return {"cathode": cathode, "pump": pump, "demand": demand, "hidden": hidden, "expert": expert}


def test_search_words_finds_in_every_kind_and_counts_tabs(client, catalogue):
    response = client.get(SEARCH, {"q": "sodium"})

    assert {row.pk for row in response.context["object_list"]} == {
        catalogue["cathode"].pk,
        catalogue["demand"].pk,
        catalogue["hidden"].pk,
    }
    assert [tab["count"] for tab in response.context["tabs"]] == [3, 1, 2, 0]


def test_search_tab_leads_to_as_many_results_as_it_says(client, catalogue):
    response = client.get(SEARCH, {"q": "sodium", "trl_min": ""})

    for tab in response.context["tabs"]:
        shown = client.get(tab["url"])
        assert shown.context["paginator"].count == tab["count"], tab["url"]


def test_search_chip_removes_its_filter_and_keeps_the_rest(client, catalogue):
    response = client.get(SEARCH, {"q": "sodium", "field": "hightech:6", "trl_min": "4"})

    chips = {str(chip["label"]): chip for chip in response.context["chips"]}
    assert set(chips) == {"Field", "Readiness from"}
    assert str(chips["Field"]["value"]) == "New energy"
    assert parse_qs(urlsplit(chips["Field"]["url"]).query) == {"q": ["sodium"], "trl_min": ["4"]}


def test_search_unreadable_filter_is_named_and_finds_nothing(client, catalogue):
    response = client.get(SEARCH, {"trl_min": "twelve"})

    assert response.status_code == 200
    assert response.context["paginator"].count == 0
    assert "Readiness from" in response.text


def test_search_page_past_the_last_leads_to_the_first(client, catalogue):
    response = client.get(SEARCH, {"q": "sodium", "page": "9"})

    assert response.status_code == 302
    assert parse_qs(urlsplit(response["Location"]).query) == {"q": ["sodium"]}


def test_search_form_sent_as_it_stands_filters_nothing(client, catalogue):
    shown = client.get(SEARCH, {"q": "sodium"})
    sent = dict(re.findall(r'<select name="(\w+)"[^>]*>\s*<option value="(\w*)"', shown.text))
    assert {"trl_min", "trl_max", "currency"} <= set(sent)

    again = client.get(SEARCH, {"q": "sodium", "amount_min": "", "published_after": "", **sent})

    assert again.context["paginator"].count == shown.context["paginator"].count
    assert again["HX-Push-Url"] == f"{SEARCH}?q=sodium&ordering=relevance"


def test_search_nothing_found_says_what_to_do(client, catalogue):
    response = client.get(SEARCH, {"q": "zeppelin", "trl_min": "4"})

    assert "Nothing found" in response.text
    assert "Clear all filters" in response.text


def test_search_anonymous_demand_never_names_its_organisation(client, catalogue):
    organisation = catalogue["hidden"].organisation

    response = client.get(SEARCH, {"kind": "demand"})

    assert "Sodium storage wanted" in response.text
    assert organisation.name_en not in response.text
    assert organisation.slug not in response.text


def test_search_query_count_is_the_same_at_any_length(client, catalogue):
    def count(query: str) -> int:
        client.get(SEARCH, {"q": query})
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = client.get(SEARCH, {"q": query})
        assert response.context["paginator"].count in (1, 3)
        return len(asked)

    assert count("pump") == count("sodium") <= 12


class TestSearchParity(ListParity):
    page = SEARCH
    endpoint = "/api/v1/search/"
    queries = (
        "",
        "q=sodium",
        "q=钠",
        "kind=achievement",
        "kind=demand&kind=expert&ordering=newest",
        "field=hightech:6",
        "trl_min=4",
        "organisation_kind=enterprise",
        "q=sodium&ordering=closing",
    )

    @pytest.fixture
    def viewers(self, catalogue):
        factories.AchievementFactory(visibility="members")
        own = factories.MemberFactory(organisation=catalogue["hidden"].organisation).user
        return [None, own, factories.UserFactory(moderator=True)]


def test_api_facets_counts_are_what_the_filter_then_leaves(api, catalogue):
    facets = api.get("/api/v1/search/facets/", {"q": "sodium"}).json()

    asked = 0
    for facet in facets:
        for value in facet["values"]:
            found = api.get("/api/v1/search/", {"q": "sodium", facet["name"]: value["value"]})
            assert found.json()["count"] == value["count"], (facet["name"], value)
            asked += 1
    assert asked >= 4


def test_api_search_unreadable_filter_is_an_error_naming_it(api, catalogue):
    for path in ("/api/v1/search/", "/api/v1/search/facets/"):
        response = api.get(path, {"trl_min": "twelve"})

        assert response.status_code == 400
        assert [error["attr"] for error in response.json()["errors"]] == ["trl_min"]


def test_api_search_anonymous_demand_has_no_organisation_but_for_its_members(api, catalogue):
    organisation = catalogue["hidden"].organisation
    query = {"q": "storage", "kind": "demand"}

    assert api.get("/api/v1/search/", query).json()["results"][0]["organisation"] is None
    api.force_authenticate(factories.MemberFactory(organisation=organisation).user)
    known = api.get("/api/v1/search/", query).json()["results"][0]["organisation"]
    assert known["slug"] == organisation.slug


def test_ranges_show_what_each_search_sets_and_what_is_wrong_with_it(client):
    def seen(query: str, language: str = "en") -> str:
        page = client.get(f"/search/?{query}", headers={"accept-language": language}).text
        return page[page.index('data-facet="trl"') : page.index('id="results"')]

    unset = seen("")
    chosen = seen("trl_min=6&amount_min=5")
    wrong = seen("trl_min=99&published_after=soon")

    assert '<option value="6" selected>' in chosen
    assert 'value="5"' in chosen
    assert wrong.count('aria-invalid="true"') == 2
    assert " selected>6" not in unset
    assert seen("q=&trl_min=&currency=") == unset
    assert seen("", "zh-hans") != unset == seen("")
