"""Matches in the API: the same rows as the page, the same answers, the same refusals."""

from decimal import Decimal

import pytest

from matching.models import Decision, Match
from matching.services.weights import active_weights
from tests import factories
from tests.matching.test_decisions import Pair
from tests.parity import ListParity

pytestmark = pytest.mark.django_db


class TestMatchParity(ListParity):
    page = "/matches/"
    endpoint = "/api/v1/matches/"
    queries = (
        "",
        "state=open",
        "state=dismissed",
        "side=demand",
        "kind=expert",
        "score_min=75",
        "ordering=-found",
    )

    @pytest.fixture
    def viewers(self):
        owner = factories.MemberFactory().user
        organisation = owner.memberships.get().organisation
        demand = factories.DemandFactory(organisation=organisation)
        for number, factory in enumerate(
            (factories.AchievementFactory, factories.ExpertFactory, factories.AchievementFactory)
        ):
            candidate = factory()
            match = Match.objects.create(
                demand=demand,
                candidate=candidate,
                kind=candidate.kind,
                score=Decimal("0.7") + number / Decimal(20),
                weights=active_weights(),
            )
        Decision.objects.create(match=match, side="demand", verdict="dismissed", reason="other")
        other = factories.MemberFactory(organisation=candidate.organisation).user
        return [owner, other, factories.UserFactory(), factories.UserFactory(curator=True)]


def test_api_match_says_why_and_hides_an_anonymous_organisation(client):
    pair = Pair()
    client.force_login(pair.seller)

    body = client.get(f"/api/v1/matches/{pair.match.pk}/").json()

    assert body["score"] == 0.82
    assert body["my_side"] == "candidate"
    assert body["components"] == [{"name": "semantic", "value": 0.8, "weight": 0.4}]
    assert body["sentences"][0]["text"].startswith("Earlier than sought")
    assert body["demand"]["organisation"] is None
    assert "Kestrel" not in str(body)


def test_api_answers_follow_one_another(client):
    pair = Pair()
    client.force_login(pair.buyer)
    address = f"/api/v1/matches/{pair.match.pk}"

    def post(verb: str, **data: str):
        return client.post(f"{address}/{verb}/", data, content_type="application/json")

    assert post("accept").json()["decisions"][0]["verdict"] == "accepted"
    assert post("dismiss").status_code == 400
    assert post("dismiss", reason="mode").json()["decisions"][0]["reason"] == "mode"
    assert post("snooze", until="2001-01-01").status_code == 400
    assert post("undo").json()["decisions"] == []


@pytest.mark.parametrize("who", ["visitor", "stranger", "viewer", "moderator"])
def test_api_others_may_not_answer_and_nothing_changes(client, who):
    pair = Pair()
    users = {
        "stranger": factories.UserFactory,
        "moderator": lambda: factories.UserFactory(moderator=True),
        "viewer": lambda: factories.MemberFactory(organisation=pair.secret, role="viewer").user,
    }
    if who in users:
        client.force_login(users[who]())
    expected = {"visitor": 401, "stranger": 404}.get(who, 403)

    response = client.post(f"/api/v1/matches/{pair.match.pk}/accept/", {"side": "demand"})

    assert response.status_code == expected
    assert not Decision.objects.exists()


def test_api_list_query_count_is_the_same_for_one_and_three(client, django_assert_num_queries):
    owner = factories.MemberFactory().user
    organisation = owner.memberships.get().organisation
    client.force_login(owner)
    counts = []

    for size in (1, 2):
        for _number in range(size):
            Match.objects.create(
                demand=factories.DemandFactory(organisation=organisation),
                candidate=factories.AchievementFactory(),
                kind="achievement",
                score=Decimal("0.7"),
                weights=active_weights(),
            )
        with django_assert_num_queries(counts[0]) if counts else _counting(counts):
            assert client.get("/api/v1/matches/").json()["count"] in (1, 3)


class _counting:  # noqa: N801 - reads as the assertion it stands beside
    """Notes how many statements the first round took."""

    def __init__(self, counts: list[int]) -> None:
        self.counts = counts

    def __enter__(self) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()

    def __exit__(self, *args: object) -> None:
        self.context.__exit__(*args)
        self.counts.append(len(self.context))
