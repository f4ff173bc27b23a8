"""Listings like another one: of its kind, near, live and visible to the reader."""

import pytest
from django.contrib.auth.models import AnonymousUser

from achievements.models import Listing
from matching.results.similar import similar_listings
from tests import factories
from tests.matching.test_filtersets import _achievement, _index

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection():
    """Glass batteries in several layers and states, a demand for one, and carpets."""
    found = {
        "first": _achievement("Battery of glass"),
        "near": _achievement("Battery of glass fibres"),
        "members": _achievement("Battery of glass wool", visibility="members"),
        "draft": _achievement("Battery of glass beads", state="draft"),
        "demand": factories.DemandFactory(title_en="Battery of glass", title_zh=""),
    }
    carpets = [_achievement(f"Woven carpet {n} of the north") for n in range(8)]
    _index(*found.values(), *carpets, embed=True)
    return found


def _similar(listing, user=None) -> list[int]:
    rows = Listing.objects.visible_to(user or AnonymousUser())
    return [row.pk for row in similar_listings(listing, rows)]


def test_similar_is_what_is_near_of_the_same_kind_and_visible(collection):
    member = factories.MemberFactory(organisation=collection["near"].organisation).user
    administrator = factories.UserFactory(moderator=True)

    assert _similar(collection["first"]) == [collection["near"].pk]
    assert set(_similar(collection["first"], member)) == {
        collection["near"].pk,
        collection["members"].pk,
    }
    assert collection["draft"].pk not in _similar(collection["first"], administrator)


def test_similar_are_four_at_most_in_one_statement(collection, django_assert_num_queries):
    more = [_achievement(f"Battery of glass {word}") for word in ("foam", "flakes", "tape", "ink")]
    _index(*more, embed=True)

    with django_assert_num_queries(1):
        assert len(_similar(collection["first"])) == 4


def test_similar_listing_not_embedded_has_none(collection):
    new = _achievement("Battery of glass powder")
    _index(new)

    assert _similar(new) == []


def test_listing_page_and_api_show_the_same_similar_listings(client, api, collection):
    first = collection["first"]
    page = client.get(first.get_absolute_url()).text
    body = api.get(f"/api/v1/search/{first.pk}/similar/").json()

    assert [row["id"] for row in body] == [collection["near"].pk]
    assert "Similar listings" in page
    assert "Battery of glass fibres" in page
    assert "Battery of glass wool" not in page


def test_api_similar_to_a_listing_not_visible_is_not_found(api, collection):
    for name in ("members", "draft"):
        assert api.get(f"/api/v1/search/{collection[name].pk}/similar/").status_code == 404
    assert api.get("/api/v1/search/x/similar/").status_code == 404


def test_similar_anonymous_demand_is_shown_without_its_organisation(client):
    organisation = factories.OrganisationFactory(name_en="Kestrel Works", name_zh="红隼厂")
    hidden = factories.DemandFactory(
        title_en="Glass battery wanted", title_zh="", organisation=organisation, anonymous=True
    )
    shown = factories.DemandFactory(title_en="Glass battery wanted soon", title_zh="")
    carpets = [factories.DemandFactory(title_en=f"Carpet {n}", title_zh="") for n in range(6)]
    _index(hidden, shown, *carpets, embed=True)

    page = client.get(shown.get_absolute_url()).text

    assert "Glass battery wanted<" in page
    assert "Kestrel" not in page
