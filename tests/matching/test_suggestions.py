"""Suggestions while typing: both scripts, public data only, the same through both doors."""

import pytest
from django.urls import reverse
from django.utils.html import escape

from matching.results.suggestions import suggestions_for
from tests import factories
from tests.matching.test_filtersets import _achievement, _index

pytestmark = pytest.mark.django_db
PAGE = reverse("matching:search_suggestions")


@pytest.fixture
def collection():
    """Titles in both scripts, some not for everyone, an organisation and a field."""
    listings = [
        _achievement("Solid electrolytes for batteries"),
        _achievement("固态电解质的制备"),
        _achievement("Solid secret of members", visibility="members"),
        _achievement("Solid draft", state="draft"),
        _achievement("A method", solution_en="It is solid."),
    ]
    _index(*listings)
    factories.OrganisationFactory(name_en="Lake Solids Institute", name_zh="湖固体研究院")
    factories.TermFactory(scheme__code="hightech", label_en="Solid waste", label_zh="固体废物")


def _texts(typed: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in suggestions_for(typed)]


@pytest.mark.parametrize(
    "typed", ["solid el", "Electrolyte", "electroly", "solid batterie", "BATT"]
)
def test_suggestions_title_is_found_by_the_beginning_of_its_words(typed, collection):
    assert _texts(typed) == [("title", "Solid electrolytes for batteries")]


def test_suggestions_name_titles_fields_and_organisations_of_the_public_layer(collection):
    assert _texts("solid") == [
        ("title", "Solid electrolytes for batteries"),
        ("field", "Solid waste"),
        ("organisation", "Lake Solids Institute"),
    ]
    assert _texts("固态电") == [("title", "固态电解质的制备")]
    assert ("title", "固态电解质的制备") in _texts("固")


@pytest.mark.parametrize(
    "typed", ["", "s", " ", "x" * 101, "'", "solid' & !:*", "\x00\x00", "%%", "--"]
)
def test_suggestions_any_text_is_answered(typed, collection, client):
    response = client.get(PAGE, {"q": typed})

    assert response.status_code == 200
    assert "secret" not in response.text


def test_suggestions_are_the_same_for_members_and_in_both_doors(client, api, collection):
    member = factories.MemberFactory(organisation__verified=True).user
    client.force_login(member)
    api.force_authenticate(member)

    page = client.get(PAGE, {"q": "solid"})
    body = api.get("/api/v1/search/suggestions/", {"q": "solid"}).json()

    assert [(row["kind"], row["text"]) for row in body] == _texts("solid")
    assert page.text.count('role="option"') == len(body) == 3
    for row in body:
        assert f'data-url="{escape(row["url"])}"' in page.text
        assert client.get(row["url"]).status_code == 200
    assert "max-age=60" in page["Cache-Control"]


def test_search_page_names_where_suggestions_come_from(client):
    assert f'data-suggest="{PAGE}"' in client.get(reverse("matching:search")).text
    assert f'data-suggest="{PAGE}"' in client.get("/").text
