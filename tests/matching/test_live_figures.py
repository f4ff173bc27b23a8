"""Match quality: what everyone may read of it, what only administrators, and what nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deals.models import Introduction
from matching.models import Decision, Match
from matching.quality.measured import read_measured
from matching.services.live_figures import live_figures, share, shown
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db


def _answers(accepted, dismissed, *, rank=1, score="0.72", reason="too_early", fields=()):
    """So many answered matches of one demand, an hour after they were found."""
    demand = factories.DemandFactory(fields=list(fields))
    for number in range(accepted + dismissed):
        match = Match.objects.create(
            demand=demand,
            candidate=factories.AchievementFactory(),
            kind="achievement",
            score=Decimal(score),
            demand_rank=rank,
            weights=active_weights(),
        )
        yes = number < accepted
        Decision.objects.create(
            match=match,
            side="demand",
            verdict="accepted" if yes else "dismissed",
            reason="" if yes else reason,
            at=match.created_at + timedelta(hours=1),
        )


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 5, 0.0),
        (5, 5, 1.0),
        (5, 10, 0.5),
        (4, 10, None),
        (6, 10, None),
        (3, 3, None),
        (0, 0, None),
    ],
)
def test_share_of_few_is_not_told(part, whole, expected):
    assert share(part, whole) == expected


def test_shown_hides_counts_from_one_to_four():
    assert [shown(count) for count in (0, 1, 4, 5)] == [0, None, None, 5]


def test_live_figures_count_by_place_reason_and_time():
    _answers(6, 6, rank=1)
    _answers(0, 12, rank=5, reason="region")
    _answers(0, 2, rank=50, reason="mode")

    found = live_figures(details=False)

    assert [(row["k"], row["answered"], row["accepted_share"]) for row in found["acceptance"]] == [
        (1, 12, 0.5),
        (3, 12, 0.5),
        (10, 24, 0.25),
    ]
    assert found["reasons"] == [
        {"reason": "region", "count": 12},
        {"reason": "too_early", "count": 6},
        {"reason": "", "count": None},
    ]
    assert found["first_answer"]["median_hours"] == 1.0
    assert "by_field" not in found


def test_live_figures_details_are_by_score_and_by_highest_field():
    top = factories.TermFactory(label_en="New materials")
    below = factories.TermFactory(parent=top, scheme=top.scheme)
    _answers(5, 5, score="0.55", fields=[below])
    _answers(1, 1, score="0.91", fields=[factories.TermFactory(label_en="Rare")])

    found = live_figures(details=True)

    fields = [
        (row["label_en"], row["answered"], row["accepted_share"]) for row in found["by_field"]
    ]
    assert fields == [("New materials", 10, 0.5), ("Rare", None, None)]
    bands = {row["from"]: (row["answered"], row["accepted_share"]) for row in found["by_score"]}
    assert bands == {10: (0, None), 20: (0, None), 40: (10, 0.5), 60: (0, None), 80: (None, None)}


def test_live_figures_first_reply_counts_what_waits_in_vain():
    now = timezone.now()
    for number in range(6):
        begun = factories.IntroductionFactory()
        Introduction.objects.filter(pk=begun.pk).update(created_at=now - timedelta(days=30))
        factories.MessageFactory(introduction=begun, sent_at=now - timedelta(days=30))
        factories.MessageFactory(
            introduction=begun, from_sender=False, sent_at=now - timedelta(days=30 - number)
        )
    for days in (1, 20, 20, 20, 20, 20, 20):
        silent = factories.IntroductionFactory()
        Introduction.objects.filter(pk=silent.pk).update(created_at=now - timedelta(days=days))

    found = live_figures(details=False)["first_reply"]

    assert found == {"count": 6, "median_hours": 60.0, "p90_hours": 108.0, "unanswered_share": 0.5}


def test_page_is_public_and_linked_and_hides_small_numbers(client):
    _answers(3, 6, reason="region")

    page = client.get("/match-quality/").content.decode()

    assert "The region does not fit" in page
    assert "too few to show" in page
    assert "33" not in page.split('id="judged"')[0].split('id="live"')[1]
    assert 'href="/match-quality/"' in client.get("/").content.decode()
    assert "By field of the demand" not in page


def test_page_of_details_is_for_administrators(client):
    assert client.get("/match-quality/details/").status_code == 302
    client.force_login(factories.UserFactory())
    assert client.get("/match-quality/details/").status_code == 403
    client.force_login(factories.UserFactory(curator=True))
    page = client.get("/match-quality/details/").content.decode()
    assert "By field of the demand" in page


def test_api_gives_the_same_figures_and_details_to_administrators_only(client):
    _answers(6, 6)

    body = client.get("/api/v1/match-quality/summary/").json()

    assert body["judged"] == read_measured()
    assert body["live"]["acceptance"][0] == {"k": 1, "answered": 12, "accepted_share": 0.5}
    assert client.get("/api/v1/match-quality/details/").status_code == 401
    client.force_login(factories.UserFactory())
    assert client.get("/api/v1/match-quality/details/").status_code == 403
    client.force_login(factories.UserFactory(moderator=True))
    bands = client.get("/api/v1/match-quality/details/").json()["live"]["by_score"]
    assert bands[3] == {"from": 60, "to": 80, "answered": 12, "accepted_share": 0.5}


@pytest.mark.parametrize("address", ["/match-quality/details/", "/api/v1/match-quality/details/"])
def test_details_cost_the_same_with_more_answers(client, address):
    client.force_login(factories.UserFactory(curator=True))
    _answers(1, 1, fields=[factories.TermFactory()])
    client.get(address)
    counts = []
    for _time in range(2):
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append(len(asked))
        _answers(7, 8, fields=[factories.TermFactory()])
    assert counts[0] == counts[1]


def test_measured_figures_ship_with_the_release():
    measured = read_measured()

    assert measured["figures"]
    assert all(0 <= row["low"] <= row["value"] <= row["high"] <= 1 for row in measured["figures"])


def test_pages_say_where_too_few_answered_and_draw_no_empty_bars(client):
    client.force_login(factories.UserFactory(curator=True))

    for address in ("/match-quality/details/", "/statistics/", "/dashboard/"):
        text = client.get(address).text
        assert text.count("Too few answers to show a share.") >= 3, address
        assert ">Share accepted</caption>" not in text, address
