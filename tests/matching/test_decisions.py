"""Answers to matches, on the page: who may, what they change, whom they tell."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from achievements.models import Listing
from matching.models import Decision, Match
from matching.services.decisions import accept_match, dismiss_match, snooze_match, undo_decision
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db

REASONS = [
    {
        "code": "requirements",
        "data": {
            "rows": [
                {
                    "quantity": "energy density",
                    "label_en": "Energy density",
                    "label_zh": "能量密度",
                    "must": True,
                    "operator": ">=",
                    "value": "300",
                    "value_max": "",
                    "unit": "Wh/kg",
                    "result": "pass",
                    "offered": "320",
                    "evidence_value": "0.32",
                    "evidence_unit": "kWh/kg",
                }
            ]
        },
    },
    {"code": "readiness", "data": {"offered": 4, "sought": 6}},
    {"code": "terms", "data": {"terms": ["固态", "电池"]}},
]


class Pair:
    """A match between an anonymous demand and an achievement, with an owner on either side."""

    def __init__(self) -> None:
        self.secret = factories.OrganisationFactory(
            kind="enterprise", name_en="Kestrel Works", name_zh="红隼厂"
        )
        self.demand = factories.DemandFactory(organisation=self.secret, anonymous=True)
        self.achievement = factories.AchievementFactory()
        self.buyer = factories.MemberFactory(organisation=self.secret).user
        self.seller = factories.MemberFactory(organisation=self.achievement.organisation).user
        self.match = Match.objects.create(
            demand=self.demand,
            candidate=self.achievement,
            kind="achievement",
            score=Decimal("0.82"),
            weights=active_weights(),
            reasons=REASONS,
            components={"semantic": {"value": 0.8, "weight": 0.4}},
        )


@pytest.fixture
def pair() -> Pair:
    """A fresh match."""
    return Pair()


def test_accept_other_side_is_told_once_and_it_is_audited(pair):
    for _time in range(2):
        accept_match(match=pair.match, side="candidate", by=pair.seller)

    note = Notification.objects.get()
    assert (note.recipient, note.kind) == (pair.buyer, "match_accepted")
    assert note.path == f"/matches/{pair.match.pk}/"
    assert AuditEvent.objects.about(pair.match).count() == 1


def test_dismiss_by_an_anonymous_side_tells_the_reason_and_not_who(pair):
    dismiss_match(
        match=pair.match, side="demand", by=pair.buyer, reason="too_early", note="Show it at TRL 6."
    )

    note = Notification.objects.get(recipient=pair.seller)
    assert note.data["reason_en"] == "Too early: readiness is too low"
    assert note.data["note"] == "Show it at TRL 6."
    assert "Kestrel" not in str(note.data)
    assert "红隼" not in str(note.data)


def test_dismiss_without_reason_is_refused_and_nothing_changes(pair):
    with pytest.raises(ValidationError):
        dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="")

    assert not Decision.objects.exists()
    assert not Notification.objects.exists()


def test_decide_after_one_listing_is_withdrawn_is_refused(pair):
    Listing.objects.filter(pk=pair.achievement.pk).update(state="withdrawn")

    with pytest.raises(ValidationError):
        accept_match(match=pair.match, side="demand", by=pair.buyer)

    assert not Decision.objects.exists()


def test_snooze_leaves_the_open_ones_until_the_day_and_tells_nobody(pair):
    today = timezone.localdate()
    snooze_match(match=pair.match, side="demand", by=pair.buyer, until=today + timedelta(days=3))

    mine = Match.objects.visible_to(pair.buyer).with_answers(pair.buyer)
    assert not mine.undecided().exists()
    theirs = Match.objects.visible_to(pair.seller).with_answers(pair.seller)
    assert theirs.undecided().exists()
    Decision.objects.update(snoozed_until=today)
    assert mine.undecided().exists()
    assert not Notification.objects.exists()
    with pytest.raises(ValidationError):
        snooze_match(match=pair.match, side="demand", by=pair.buyer, until=today)


def test_dismissed_does_not_come_back_as_open_and_undo_brings_it_back(pair):
    dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="other")
    mine = Match.objects.visible_to(pair.buyer).with_answers(pair.buyer)
    assert not mine.undecided().exists()

    undo_decision(match=pair.match, side="demand", by=pair.buyer)

    assert mine.undecided().exists()
    verbs = list(AuditEvent.objects.about(pair.match).values_list("verb", flat=True))
    assert verbs == ["match.dismissed", "match.undo"]


def test_page_shows_score_reasons_and_rows_and_hides_an_anonymous_organisation(pair, client):
    client.force_login(pair.seller)

    for address in ("/matches/?view=list", f"/matches/{pair.match.pk}/"):
        page = client.get(address)
        text = page.text
        assert page.status_code == 200
        assert "82" in text
        assert "Earlier than sought: TRL 4 where TRL 6 is sought." in text
        assert "≥ 300 Wh/kg" in text
        assert "320 Wh/kg" in text
        assert "Kestrel" not in text
        assert pair.secret.slug not in text
    client.force_login(pair.buyer)
    client.cookies["django_language"] = "zh-hans"
    assert "固态、电池" in client.get("/matches/").text


def test_page_answers_work_as_plain_forms(pair, client):
    client.force_login(pair.buyer)
    address = f"/matches/{pair.match.pk}"

    assert client.post(f"{address}/accept/").status_code == 302
    assert pair.match.decisions.get().verdict == "accepted"
    assert client.post(f"{address}/undo/").status_code == 302
    assert not pair.match.decisions.exists()
    assert client.get(f"{address}/dismiss/").status_code == 200
    assert client.post(f"{address}/dismiss/", {"reason": "nonsense"}).status_code == 422
    response = client.post(f"{address}/dismiss/", {"reason": "mode", "next": "//evil.example/"})
    assert response.url == "/matches/"
    assert pair.match.decisions.get().reason == "mode"
    day = (timezone.localdate() + timedelta(days=9)).isoformat()
    client.post(f"{address}/snooze/", {"snoozed_until": day})
    assert pair.match.decisions.get().verdict == "snoozed"


@pytest.mark.parametrize("who", ["visitor", "stranger", "viewer", "moderator", "other_side"])
def test_page_others_may_not_answer_and_nothing_changes(pair, client, who):
    users = {
        "stranger": factories.UserFactory,
        "moderator": lambda: factories.UserFactory(moderator=True),
        "viewer": lambda: factories.MemberFactory(organisation=pair.secret, role="viewer").user,
        "other_side": lambda: pair.seller,
    }
    if who in users:
        client.force_login(users[who]())
    expected = {"visitor": 302, "stranger": 404}.get(who, 403)

    response = client.post(f"/matches/{pair.match.pk}/accept/", {"side": "demand"})

    assert response.status_code == expected
    assert not Decision.objects.exists()


def test_page_dismiss_without_a_reason_asks_for_one(pair, client):
    client.force_login(pair.buyer)
    address = f"/matches/{pair.match.pk}/dismiss/"

    assert "Choose a reason" in client.get(address).text
    response = client.post(address, {"side": "demand", "reason": ""})

    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_page_list_filters_by_state_listing_and_side(pair, client):
    client.force_login(pair.buyer)
    other = Pair()

    def shown(query: str) -> list[int]:
        return [match.pk for match in client.get(f"/matches/?{query}").context["matches"]]

    assert shown("") == [pair.match.pk]
    assert shown("state=open") == [pair.match.pk]
    assert shown("state=waiting") == []
    accept_match(match=pair.match, side="candidate", by=pair.seller)
    assert shown("state=waiting") == [pair.match.pk]
    accept_match(match=pair.match, side="demand", by=pair.buyer)
    assert shown("state=agreed") == [pair.match.pk]
    assert shown("state=open") == []
    assert shown(f"listing={pair.demand.pk}&side=demand&score_min=80") == [pair.match.pk]
    assert shown("side=candidate") == []
    assert shown("score_min=83") == []
    assert shown(f"listing={other.demand.pk}") == []
    assert shown("state=nonsense") == []


def test_page_list_query_count_is_the_same_for_one_and_three(client, django_assert_num_queries):
    owner = factories.MemberFactory().user
    organisation = owner.memberships.get().organisation
    client.force_login(owner)

    def add() -> None:
        Match.objects.create(
            demand=factories.DemandFactory(organisation=organisation),
            candidate=factories.AchievementFactory(),
            kind="achievement",
            score=Decimal("0.7"),
            weights=active_weights(),
        )

    add()
    client.get("/matches/")
    with django_assert_num_queries(8):
        client.get("/matches/")
    add()
    add()
    with django_assert_num_queries(8):
        client.get("/matches/")


def test_page_list_groups_by_own_listing_with_the_best_few_of_each(client):
    owner = factories.MemberFactory().user
    organisation = owner.memberships.get().organisation
    client.force_login(owner)
    many, one = factories.DemandFactory.create_batch(2, organisation=organisation)
    scores = {many: ["0.71", "0.72", "0.73", "0.74", "0.75"], one: ["0.9"]}
    for demand, values in scores.items():
        for value in values:
            Match.objects.create(
                demand=demand,
                candidate=factories.AchievementFactory(),
                kind="achievement",
                score=Decimal(value),
                weights=active_weights(),
                reasons=REASONS,
            )

    groups = client.get("/matches/?view=groups").context["groups"]

    shown = [[card["score"] for card in group["cards"]] for group in groups]
    assert shown == [[90], [75, 74, 73]]
    assert [group["count"] for group in groups] == [1, 5]
    every = client.get(f"/matches/{groups[1]['url']}").context["cards"]
    assert [card["score"] for card in every] == [75, 74, 73, 72, 71]
    flat = client.get("/matches/").context["cards"]
    assert [card["score"] for card in flat] == [90, 75, 74, 73, 72, 71]


def test_page_list_two_sides_of_one_owner_each_have_their_group(client, pair):
    editor = factories.MemberFactory(organisation=pair.achievement.organisation).user
    own = factories.DemandFactory(organisation=pair.achievement.organisation)
    Match.objects.create(
        demand=own,
        candidate=factories.AchievementFactory(),
        kind="achievement",
        score=Decimal("0.9"),
        weights=active_weights(),
        reasons=REASONS,
    )
    client.force_login(editor)

    groups = client.get("/matches/?view=groups").context["groups"]

    assert [group["own_id"] for group in groups] == [own.pk, pair.achievement.pk]


def test_part_of_a_listings_page_is_for_its_owner_only(pair, client):
    address = f"/listings/{pair.achievement.pk}/matches/"
    client.force_login(pair.seller)
    assert "TRL 4" in client.get(address).text

    client.force_login(pair.buyer)
    assert client.get(address).status_code == 403


@pytest.mark.parametrize("verdict", ["accept", "dismiss"])
def test_decision_about_a_listing_the_other_side_may_no_longer_see_is_not_told(pair, verdict):
    Listing.objects.filter(pk=pair.demand.pk).update(visibility=Listing.Visibility.OWNER)

    if verdict == "accept":
        accept_match(match=pair.match, side="demand", by=pair.buyer)
    else:
        dismiss_match(match=pair.match, side="demand", by=pair.buyer, reason="other")

    assert not Notification.objects.exists()
