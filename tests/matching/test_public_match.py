"""The match on the home page: real, and only of listings that everyone may read."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from achievements.models import Listing
from achievements.services import withdraw_listing
from matching.models import Match
from matching.services.decisions import dismiss_match
from matching.services.weights import active_weights
from matching.templatetags.public_match import best_public_match
from tests import factories
from tests.matching.test_decisions import REASONS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forget():
    """What is remembered of other tests' matches."""
    cache.clear()


def a_match(*, score: str = "0.87", **demand: object) -> Match:
    """A match with a requirement row; arguments shape its demand."""
    return Match.objects.create(
        demand=factories.DemandFactory(title_en="Cells for the cold", **demand),
        candidate=factories.AchievementFactory(),
        kind="achievement",
        score=Decimal(score),
        weights=active_weights(),
        reasons=REASONS,
    )


def test_home_shows_the_best_public_match(client):
    match = a_match()
    a_match(score="0.6")

    text = client.get("/").text

    assert "A match in this catalogue" in text
    assert "<strong>87</strong>" in text
    assert f'href="{match.demand.get_absolute_url()}"' in text.partition("Newest")[0]
    assert "≥ 300 Wh/kg" in text


@pytest.mark.parametrize(
    "hidden", [{"anonymous": True}, {"visibility": Listing.Visibility.MEMBERS}]
)
def test_home_shows_no_match_of_a_listing_that_is_not_for_everyone(client, hidden):
    a_match(**hidden)

    assert "A match in this catalogue" not in client.get("/").text


def test_home_match_that_is_remembered_goes_with_its_listing(client):
    match = a_match()
    assert "A match in this catalogue" in client.get("/").text

    withdraw_listing(match.demand, by=factories.UserFactory(superuser=True))

    assert "A match in this catalogue" not in client.get("/").text


def test_home_shows_no_match_that_a_side_has_dismissed(client):
    match = a_match()
    editor = factories.MemberFactory(organisation=match.demand.organisation).user
    dismiss_match(match=match, by=editor, side="demand", reason="other")

    assert "A match in this catalogue" not in client.get("/").text


def test_home_remembers_that_there_is_no_match(client, django_assert_num_queries):
    best_public_match()

    with django_assert_num_queries(0):
        assert best_public_match() == {"match": None}
