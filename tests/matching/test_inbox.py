"""The inbox of matches: its order, answers in place, what was put aside, and what is never told."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from matching.models import Decision, Match
from matching.services.decisions import dismiss_match, snooze_match
from matching.services.returning import return_snoozed
from matching.services.weights import active_weights
from tests import factories
from tests.matching.test_decisions import Pair

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
SECRETS = ("Kestrel", "红隼")


@pytest.fixture
def pair() -> Pair:
    """A match between an anonymous demand and an achievement."""
    return Pair()


def test_inbox_waiting_ones_come_first_by_score_and_freshness(pair, client):
    def add(score: str, days: int) -> Match:
        return Match.objects.create(
            demand=pair.demand,
            candidate=factories.AchievementFactory(),
            kind="achievement",
            score=Decimal(score),
            weights=active_weights(),
            created_at=timezone.now() - timedelta(days=days),
        )

    old, fresh, best = add("0.84", 30), add("0.81", 1), add("0.95", 60)
    Match.objects.filter(pk=pair.match.pk).update(created_at=timezone.now() - timedelta(days=90))
    dismiss_match(match=best, side="demand", by=pair.buyer, reason="other")
    client.force_login(pair.buyer)

    for address, read in (
        ("/matches/", lambda answer: [match.pk for match in answer.context["matches"]]),
        ("/api/v1/matches/", lambda answer: [row["id"] for row in answer.json()["results"]]),
    ):
        shown = read(client.get(address))
        assert shown == [fresh.pk, old.pk, pair.match.pk, best.pk], address


def test_inbox_answers_by_htmx_take_the_place_of_the_match(pair, client):
    client.force_login(pair.buyer)
    address = f"/matches/{pair.match.pk}"

    asked = client.get(f"{address}/dismiss/", headers=HTMX)
    assert "<html" not in asked.text
    assert f'id="id_{pair.match.pk}_reason"' in asked.text
    refused = client.post(f"{address}/dismiss/", {"reason": ""}, headers=HTMX)
    assert (refused.status_code, refused["HX-Retarget"]) == (200, f"#answer-{pair.match.pk}")
    assert not Decision.objects.exists()
    done = client.post(f"{address}/dismiss/", {"reason": "mode"}, headers=HTMX)
    assert f'id="match-{pair.match.pk}"' in done.text
    assert "Reason: The mode of transfer does not fit." in done.text
    assert 'hx-swap-oob="true"' in done.text
    back = client.post(f"{address}/undo/", headers=HTMX)
    assert not Decision.objects.exists()
    assert 'data-key="a"' in back.text
    assert "has been taken back" not in str(client.get("/matches/").context["messages"])


def test_inbox_taking_back_the_answer_a_match_was_kept_for_says_that_it_is_gone(
    pair, client, monkeypatch
):
    client.force_login(pair.buyer)
    client.post(f"/matches/{pair.match.pk}/dismiss/", {"reason": "mode"})
    gone = Match.objects.filter(pk=pair.match.pk)
    monkeypatch.setattr("matching.views.answering.undo_decision", lambda **_all: gone.delete())

    answer = client.post(f"/matches/{pair.match.pk}/undo/", headers=HTMX)

    assert answer.status_code == 200
    assert "no longer found" in answer.text
    assert "/undo/" not in answer.text


def test_inbox_answer_to_a_match_that_is_over_is_refused_in_its_place(pair, client):
    client.force_login(pair.buyer)
    Match.objects.filter(pk=pair.match.pk).update(is_current=False)
    type(pair.achievement).objects.filter(pk=pair.achievement.pk).update(state="withdrawn")

    assert client.post(f"/matches/{pair.match.pk}/accept/", headers=HTMX).status_code == 404
    assert not Decision.objects.exists()


def test_snoozed_returns_by_the_sweep_on_its_day_and_its_person_is_told_once(pair, client):
    today = timezone.localdate()
    second = Match.objects.create(
        demand=pair.demand,
        candidate=factories.AchievementFactory(),
        kind="achievement",
        score=Decimal("0.7"),
        weights=active_weights(),
    )
    for match in (pair.match, second):
        snooze_match(match=match, side="demand", by=pair.buyer, until=today + timedelta(days=2))
    assert return_snoozed() == 0
    Decision.objects.update(snoozed_until=today)

    assert (return_snoozed(), return_snoozed()) == (2, 0)

    note = Notification.objects.get()
    assert (note.recipient, note.data["count"]) == (pair.buyer, 2)
    assert render_notification(note).title == "2 matches you put aside are back"
    assert AuditEvent.objects.about(second).filter(verb="match.returned").count() == 1
    client.force_login(pair.buyer)
    page = client.get("/matches/?state=open")
    assert len(page.context["cards"]) == 2
    assert "That day has come." in page.text
    assert "Put aside until" not in page.text


def test_snoozed_whose_day_came_reads_as_open_before_the_sweep(pair, client):
    tomorrow = timezone.localdate() + timedelta(days=1)
    snooze_match(match=pair.match, side="demand", by=pair.buyer, until=tomorrow)
    Decision.objects.update(snoozed_until=timezone.localdate())
    client.force_login(pair.buyer)

    page = client.get("/matches/?state=open").text

    assert 'data-key="s"' in page
    assert "Put aside until" not in page


@pytest.mark.parametrize("side", ["demand", "candidate"])
def test_dismissal_reaches_the_other_side_as_a_reason_and_never_names_who_is_anonymous(
    pair, client, side
):
    mine, other = (pair.buyer, pair.seller) if side == "demand" else (pair.seller, pair.buyer)
    dismiss_match(match=pair.match, side=side, by=mine, reason="too_expensive", note="At half.")

    note = Notification.objects.get()
    assert (note.recipient, note.data["reason_zh"]) == (other, "价格与预算不符")
    told = render_notification(note)
    client.force_login(pair.seller)
    listed = client.get("/api/v1/matches/").text
    seen = [
        *(str(note.data), told.title, told.body, listed),
        client.get("/api/v1/notifications/").text,
        client.get("/matches/").text,
        client.get(f"/matches/{pair.match.pk}/").text,
    ]
    assert "too_expensive" in listed
    for text in seen:
        assert not any(secret in text for secret in SECRETS)


def test_dismissal_note_that_names_the_anonymous_side_is_refused(pair):
    with pytest.raises(ValidationError, match="names your organisation"):
        dismiss_match(
            match=pair.match, side="demand", by=pair.buyer, reason="other", note="Ask 红隼厂 again."
        )

    assert not Decision.objects.exists()
    assert not Notification.objects.exists()


def test_inbox_calls_a_demand_yours_for_its_side_only(pair, client):
    client.force_login(pair.buyer)
    assert "For your demand" in client.get("/matches/").text
    client.force_login(factories.UserFactory(curator=True))
    page = client.get("/matches/").text
    assert "For the demand" in page
    assert "For your demand" not in page


def test_home_shows_the_best_three_that_wait_with_their_reasons_and_answers(pair, client):
    others = [factories.AchievementFactory() for _place in range(4)]
    for place, other in enumerate(others):
        Match.objects.create(
            demand=pair.demand,
            candidate=other,
            kind="achievement",
            score=Decimal("0.9") - Decimal(place) / 100,
            weights=active_weights(),
            reasons=[{"code": "region", "data": {}}],
        )
    answered = Match.objects.get(candidate=others[0])
    client.force_login(pair.buyer)
    client.post(f"/matches/{answered.pk}/dismiss/", {"side": "demand", "reason": "other"})

    page = client.get("/").text
    section = page[page.index('id="best-matches"') : page.index('id="newest-')]
    assert [other.title in section for other in others] == [False, True, True, True]
    assert pair.demand.title in section  # for which of the own listings each is
    assert 'href="/matches/?state=open"' in section

    second = Match.objects.get(candidate=others[1])
    done = client.post(f"/matches/{second.pk}/accept/", {"side": "demand", "next": "/"})
    assert done.url == "/"
    assert others[1].title not in client.get("/").text.partition('id="newest-')[0]


def test_home_shows_no_matches_to_administrators_or_where_none_waits(pair, client):
    Match.objects.all().delete()
    client.force_login(pair.buyer)
    assert "best-matches" not in client.get("/").text

    Pair()
    client.force_login(factories.UserFactory(is_curator=True))
    assert "best-matches" not in client.get("/").text


def test_administrators_read_all_matches_best_first_whatever_their_age(pair, client):
    best = Match.objects.create(
        demand=pair.demand,
        candidate=factories.AchievementFactory(),
        kind="achievement",
        score=Decimal("0.83"),
        weights=active_weights(),
        created_at=timezone.now() - timedelta(days=60),
    )
    client.force_login(factories.UserFactory(curator=True))

    page = client.get("/matches/").context["matches"]
    rows = client.get("/api/v1/matches/").json()["results"]

    assert [match.pk for match in page] == [best.pk, pair.match.pk]
    assert [row["id"] for row in rows] == [best.pk, pair.match.pk]
