"""Phrases, exclusions and prefixes in a search: inside the query, the same for every door."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from matching.results.facets import facets_of
from tests import factories
from tests.matching.test_filtersets import _achievement, _found, _index, _search

pytestmark = pytest.mark.django_db
SEARCH = reverse("matching:search")


@pytest.mark.parametrize(
    ("query", "wanted", "other"),
    [
        ('"solid electrolyte"', "A solid electrolyte", "An electrolyte that is solid"),
        ('"solid state battery"', "Solid-state batteries", "State of a solid battery"),
        ('"solid-state"', "Solid state memory", "State of solid matter"),
        ("“电池制备”", "固态电池制备", "制备固态电池"),
        ("“静音水泵”", "静音水泵", "静音，水泵"),
        ('"CN 109876543 A"', "Film CN109876543A", "Film CN109876544A"),
        ("膜 -固态", "柔性膜", "固态膜"),
        ("battery −polymer", "Battery of glass", "Battery of polymers"),
        ('battery -"thin film"', "Film on a thin battery", "Thin film battery"),
    ],
)
def test_search_phrase_or_exclusion_keeps_to_its_words(query, wanted, other):
    right, wrong = _achievement(wanted), _achievement(other)
    _index(right, wrong, *(_achievement(f"Carpet {n}") for n in range(4)), embed=True)

    assert _found(f"q={query}") == [right.pk]


def test_search_phrase_does_not_reach_from_one_keyword_into_the_next():
    apart = _achievement("A method", keywords_en=["solar", "cell"])
    _index(apart)

    assert _found('q="solar cell"') == []
    assert _found("q=solar cell") == [apart.pk]


@pytest.fixture
def catalogue():
    """Two achievements and a demand of three organisations, one of them anonymous."""
    electric = factories.TermFactory(scheme__code="ipc", code="H01", label_en="Electric")
    lake = factories.OrganisationFactory(slug="lake", name_en="Lake University", name_zh="湖大学")
    found = {
        "cathode": _achievement("Sodium cathode", fields=[electric], trl=7, organisation=lake),
        "pump": _achievement("Sodium pump", trl=3),
        "demand": factories.DemandFactory(title_en="Sodium wanted", trl_min=5, anonymous=True),
    }
    _index(*found.values())
    return found


@pytest.mark.parametrize(
    ("typed", "parameters"),
    [
        ("trl:>=5", "trl_min=5"),
        ("trl：≥5", "trl_min=5"),
        ("trl:3", "trl_min=3&trl_max=3"),
        ("trl:4..6", "trl_min=4&trl_max=6"),
        ("kind:demand", "kind=demand"),
        ("kind:成果 kind:demand", "kind=achievement&kind=demand"),
        ("ipc:H01", "field=ipc:H01"),
        ("org:lake", "organisation=lake"),
        ("org:湖大", "organisation=lake"),
        ('org:"lake uni"', "organisation=lake"),
    ],
)
def test_search_prefix_is_the_filter_of_its_facet(typed, parameters, catalogue):
    expected = _found(f"q=sodium&{parameters}")

    assert expected
    assert _found(f"q=sodium {typed}") == expected
    assert _found(f"q={typed}") == _found(parameters)


def test_search_prefix_and_facet_both_apply(catalogue):
    assert _found("q=sodium trl:>=5&trl_max=5") == [catalogue["demand"].pk]
    assert _found("q=kind:demand&kind=achievement") == []


def test_search_excluded_prefix_leaves_out_what_fits_it(catalogue):
    assert _found("q=sodium -kind:demand -trl:1..3") == [catalogue["cathode"].pk]


def test_search_unknown_organisation_finds_nothing_and_says_why(catalogue):
    search = _search("q=sodium org:nowhere")

    assert list(search.qs) == []
    assert [hint.part for hint in search.typed.hints] == ["org:nowhere"]


def test_search_anonymous_demand_is_not_found_by_prefix(catalogue):
    organisation = catalogue["demand"].organisation
    member = factories.MemberFactory(organisation=organisation).user

    assert _found(f"q=org:{organisation.slug}") == []
    assert _found(f"q=org:{organisation.slug}", member) == [catalogue["demand"].pk]


def test_search_class_below_those_in_use_finds_the_class_above(catalogue):
    search = _search("q=ipc:H01M10/0525")

    assert [row.pk for row in search.qs] == [catalogue["cathode"].pk]
    assert "H01" in search.typed.hints[0].text


@pytest.mark.parametrize("typed", ["sodium", "sodium trl:>=3", "kind:achievement", '"sodium"'])
def test_facets_beside_typed_filters_count_what_a_click_shows(typed, catalogue):
    asked = 0
    for facet in facets_of(_search(f"q={typed}")):
        for value in facet.values:
            shown = _found(f"q={typed}&{facet.name}={value.value}")
            assert len(shown) == value.count, (facet.name, value)
            asked += 1
    assert asked


def test_search_page_shows_what_it_understood_and_each_part_can_be_removed(client, catalogue):
    response = client.get(SEARCH, {"q": 'sodium trl:>=5 -kind:demand trl:x "cathode"'})

    chips = [(str(chip["label"]), chip["value"]) for chip in response.context["chips"]]
    assert chips == [
        ("Readiness", ">=5"),
        ("Not: Kind", "demand"),
        ("Word for word", "cathode"),
    ]
    assert client.get(response.context["chips"][0]["url"]).context["query"] == (
        'sodium -kind:demand trl:x "cathode"'
    )
    assert "trl:x" in response.text
    assert "Write a level from 1 to 9" in response.text


def test_api_search_says_what_it_understood(api, catalogue):
    body = api.get("/api/v1/search/", {"q": "sodium trl:≥5 kind:thing"}).json()

    assert body["count"] == 2
    assert body["query"]["words"] == "sodium"
    assert body["query"]["parts"] == [
        {"part": "trl:≥5", "parameter": "trl_min", "value": "≥5", "excluded": False}
    ]
    assert [hint["part"] for hint in body["query"]["hints"]] == ["kind:thing"]


def test_search_page_with_typed_filters_asks_no_more_than_twelve_times(client, catalogue):
    query = {"q": '"sodium" -pump trl:>=5', "kind": "achievement"}
    client.get(SEARCH, query)

    with CaptureQueriesContext(connection) as asked:
        client.get(SEARCH, query)

    assert len(asked) <= 12, [one["sql"][:120] for one in asked]
