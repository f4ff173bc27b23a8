"""Supply against demand: what administrators count, and what everybody may read of it."""

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matching.models import Decision, Exposure, Match
from matching.services.market import longest_unmet, market_figures
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db


def matched(demand, *verdicts):
    """A match of the demand, answered by its sides: (side, verdict)."""
    match = Match.objects.create(
        demand=demand,
        candidate=factories.AchievementFactory(organisation=demand.organisation),
        kind="achievement",
        score=Decimal("0.7"),
        demand_rank=1,
        weights=active_weights(),
    )
    for side, verdict in verdicts:
        reason = "too_early" if verdict == "dismissed" else ""
        Decision.objects.create(match=match, side=side, verdict=verdict, reason=reason)
    return match


@pytest.fixture
def market():
    """Six demands of one field and one of another; one of the six has accepted a match."""
    top = factories.TermFactory(label_en="New materials", code="1")
    below = factories.TermFactory(parent=top, scheme=top.scheme, code="1.1")
    other = factories.TermFactory(label_en="Energy", code="2")
    owner = factories.OrganisationFactory(region=factories.RegionFactory(code="CN-BJ"))
    demands = [
        factories.DemandFactory(organisation=owner, fields=[top, below]) for _number in range(6)
    ]
    factories.DemandFactory(organisation=owner, fields=[other], visibility="members")
    matched(demands[0], ("demand", "accepted"), ("candidate", "accepted"))
    matched(demands[1], ("demand", "dismissed"))
    Exposure.objects.create(listing=demands[0].listing_ptr, matches=40, openings=12)
    return demands


def test_dashboard_counts_every_live_listing_once_in_its_highest_class(market):
    found = market_figures(public=False)

    assert found["totals"] == {"achievement": 2, "demand": 7, "expert": 0}
    assert [(row["label_en"], row["demand"], row["achievement"]) for row in found["by_field"]] == [
        ("New materials", 6, 0),
        ("Energy", 1, 0),
        ("", 0, 2),
    ]
    assert found["unmet"] == {"demands": 7, "unmet": 6, "unmet_share": 0.8571}
    assert [(row["code"], row["demand"]) for row in found["by_region"]] == [("CN-BJ", 7)]
    assert [(row["step"], row["count"]) for row in found["funnel"]] == [
        ("shown", 40),
        ("opened", 12),
        ("found", 2),
        ("answered", 2),
        ("accepted", 1),
        ("agreed", 1),
        ("begun", 0),
        ("replied", 0),
    ]


def test_statistics_leave_small_numbers_and_members_listings_out(market):
    found = market_figures(public=True)

    assert found["totals"] == {"achievement": None, "demand": 6, "expert": 0}
    assert [(row["label_en"], row["demand"]) for row in found["by_field"]] == [
        ("New materials", 6),
        ("", 0),
    ]
    # Five of six: the one that is left must not be told by subtraction.
    assert found["unmet"] == {"demands": 6, "unmet": None, "unmet_share": None}
    assert {row["count"] for row in found["funnel"][2:6]} == {None}


def test_statistics_do_not_tell_the_region_of_an_anonymous_demand():
    owner = factories.OrganisationFactory(region=factories.RegionFactory(code="CN-BJ"))
    factories.DemandFactory.create_batch(5, organisation=owner, anonymous=True)

    assert [row["code"] for row in market_figures(public=False)["by_region"]] == [""]


def test_figures_take_a_fixed_number_of_queries_and_are_remembered(market):
    def queries():
        cache.clear()
        with CaptureQueriesContext(connection) as caught:
            market_figures(public=False)
        return len(caught)

    first = queries()
    for number in range(3):
        region = factories.RegionFactory(code=f"X{number}")
        term = factories.TermFactory(code=f"9{number}")
        matched(factories.DemandFactory(fields=[term], region=region), ("demand", "accepted"))
    assert queries() == first
    with CaptureQueriesContext(connection) as caught:
        market_figures(public=False)
    assert len(caught) == 0


def test_longest_unmet_are_those_the_user_may_see_oldest_first(market):
    seen = longest_unmet(factories.UserFactory())
    assert [demand.pk for demand in seen] == [demand.pk for demand in market[1:]]
    assert [demand.found for demand in seen] == [1, 0, 0, 0, 0]
    assert len(longest_unmet(factories.UserFactory(moderator=True))) == 6


def test_pages_and_api_show_the_same_to_whom_they_may(market, client, api):
    assert api.get("/api/v1/statistics/summary/").json()["totals"]["achievement"] is None
    page = client.get("/statistics/", headers={"accept-language": "en"})
    assert "New materials" in page.text
    assert "Energy" not in page.text
    assert client.get("/dashboard/").status_code == 302
    assert api.get("/api/v1/statistics/dashboard/").status_code == 401
    client.force_login(factories.UserFactory())
    assert client.get("/dashboard/").status_code == 403
    moderator = factories.UserFactory(moderator=True)
    client.force_login(moderator)
    api.force_login(moderator)
    page = client.get("/dashboard/", headers={"accept-language": "en"})
    assert "Energy" in page.text
    assert "Listings to review" in page.text
    assert api.get("/api/v1/statistics/dashboard/").json()["totals"]["achievement"] == 2
