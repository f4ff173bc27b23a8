"""What is shown is counted without who read it; what is seldom seen gets a fair chance."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.conf import settings
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from achievements.models import Listing
from matching.models import Chance, Decision, Exposure, Match
from matching.services import exposure
from matching.services.exposure import flush_exposures, note_shown, with_fair_chance
from matching.services.exposure_report import exposure_report, spread
from matching.services.indexing import refresh_entries
from matching.services.weights import active_weights
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_counters(db):
    """Counters of earlier tests are gone."""
    server = Redis.from_url(settings.REDIS_URL)
    server.delete(*(exposure._key(place) for place in exposure.PLACES))
    server.delete(*(f"{exposure._key(place)}:taken" for place in exposure.PLACES))


def _demand_with_matches(count):
    demand = factories.DemandFactory()
    owner = factories.MemberFactory(organisation=demand.organisation).user
    matches = [
        Match.objects.create(
            demand=demand,
            candidate=factories.AchievementFactory(),
            kind="achievement",
            score=Decimal("0.9") - Decimal("0.01") * number,
            weights=active_weights(),
        )
        for number in range(count)
    ]
    return demand, owner, matches


def _seen(*listings, times=50):
    for listing in listings:
        Exposure.objects.create(listing_id=listing, searches=times)


def test_counts_arrive_with_the_sweep_and_add_up():
    listing = factories.AchievementFactory()
    for place in ("lists", "searches", "searches", "matches"):
        note_shown([listing.pk, 999_999_999], place=place, reader=None)
    assert not Exposure.objects.exists()

    flush_exposures()
    note_shown([listing.pk], place="lists", reader=None)
    flush_exposures()
    flush_exposures()

    row = Exposure.objects.get()
    assert (row.pk, row.lists, row.searches, row.matches) == (listing.pk, 2, 2, 1)
    assert row.total == 5


def test_counts_taken_out_before_a_crash_are_written_by_the_next_sweep(monkeypatch):
    listing = factories.AchievementFactory()
    note_shown([listing.pk], place="lists", reader=None)
    server = Redis.from_url(settings.REDIS_URL)
    server.rename(exposure._key("lists"), exposure._key("lists") + ":taken")
    note_shown([listing.pk], place="lists", reader=None)

    flush_exposures()
    assert Exposure.objects.get().lists == 1
    flush_exposures()
    assert Exposure.objects.get().lists == 2


def test_counting_costs_a_page_nothing_while_the_server_is_away(client, monkeypatch):
    class Away:
        def pipeline(self, **_options):
            raise RedisConnectionError

    monkeypatch.setattr(exposure, "_server", Away)

    note_shown([1], place="lists", reader=None)
    assert client.get("/search/").status_code == 200


def test_pages_count_lists_searches_and_matches_of_others(client):
    demand, owner, matches = _demand_with_matches(2)
    refresh_entries(Listing.objects.values_list("pk", flat=True))
    offer = matches[0].candidate

    client.get("/search/?kind=achievement")
    client.get("/search/?kind=achievement&q=Achievement")
    client.force_login(owner)
    client.get("/matches/")
    client.force_login(factories.UserFactory(curator=True))
    client.get("/search/?kind=achievement")
    client.get("/matches/")
    flush_exposures()

    row = Exposure.objects.get(pk=offer.pk)
    assert (row.lists, row.searches, row.matches) == (1, 1, 1)
    assert not Exposure.objects.filter(pk=demand.pk).exists()


def test_fair_chance_gives_the_last_place_to_the_least_shown():
    _demand, _owner, matches = _demand_with_matches(8)
    _seen(*(match.candidate_id for match in matches[:6]))
    _seen(matches[6].candidate_id, times=3)

    shown = with_fair_chance(matches[:5], matches[5:], side="demand")

    assert shown == [*matches[:4], matches[7]]
    assert shown[-1].by_chance is True


def test_fair_chance_leaves_the_list_when_nothing_is_seldom_seen_or_it_is_off(settings):
    _demand, _owner, matches = _demand_with_matches(7)
    assert with_fair_chance(matches[:5], [], side="demand") == matches[:5]
    settings.FAIR_EXPOSURE = False
    assert with_fair_chance(matches[:5], matches[5:], side="demand") == matches[:5]
    settings.FAIR_EXPOSURE = True
    _seen(*(match.candidate_id for match in matches))
    assert with_fair_chance(matches[:5], matches[5:], side="demand") == matches[:5]


def test_fair_chance_is_marked_counted_and_measured(client):
    demand, owner, matches = _demand_with_matches(7)
    _seen(*(match.candidate_id for match in matches[:6]))
    client.force_login(owner)

    page = client.get(f"/listings/{demand.pk}/matches/").content.decode()
    flush_exposures()
    Decision.objects.create(match=matches[6], side="demand", verdict="accepted")

    assert page.count("Seldom seen so far") == 1
    assert list(Chance.objects.values_list("match", "shown")) == [(matches[6].pk, 1)]
    chance = exposure_report()["chance"]
    assert chance["seldom_seen"] == {"matches": 1, "answered": 1, "accepted": 1}
    assert chance["others"] == {"matches": 6, "answered": 0, "accepted": 0}


@pytest.mark.parametrize(
    ("counts", "never", "top", "gini"),
    [
        ([], 0, None, None),
        ([0, 0], 2, None, None),
        ([5] * 10, 0, 0.1, 0.0),
        ([0] * 9 + [70], 9, 1.0, 0.9),
        ([1, 3], 0, 0.75, 0.25),
    ],
)
def test_spread_tells_never_shown_and_how_uneven(counts, never, top, gini):
    found = spread(counts)

    assert (found["never"], found["top_share"], found["gini"]) == (never, top, gini)


def test_report_is_by_kind_language_and_age_and_lists_the_never_shown(client):
    seen, unseen = factories.AchievementFactory(), factories.DemandFactory(title_zh="")
    factories.AchievementFactory(state="draft")
    refresh_entries([seen.pk, unseen.pk])
    _seen(seen.pk, times=4)
    client.force_login(factories.UserFactory(curator=True))

    report = client.get("/api/v1/match-quality/exposure/").json()
    page = client.get("/match-quality/exposure/").content.decode()

    assert report["all"]["listings"] == 2
    kinds = {row["group"]: (row["listings"], row["never"]) for row in report["kind"]}
    assert kinds == {"achievement": (1, 0), "demand": (1, 1)}
    assert {row["group"] for row in report["language"]} == {"enzh", "en"}
    assert [row["group"] for row in report["age"]] == ["new"]
    assert unseen.title in page
    assert seen.title not in page


@pytest.mark.parametrize(
    ("door", "refused"),
    [("/match-quality/exposure/", 302), ("/api/v1/match-quality/exposure/", 401)],
)
def test_report_is_for_administrators_only(client, door, refused):
    assert client.get(door).status_code == refused
    client.force_login(factories.UserFactory())
    assert client.get(door).status_code == 403


def test_fair_chance_of_an_offering_side_looks_at_demands():
    rows = [
        SimpleNamespace(pk=n, demand_id=n, candidate_id=1, score=Decimal(1) / n) for n in (2, 3, 4)
    ]

    shown = with_fair_chance(rows[:2], rows[2:], side="candidate")

    assert [row.pk for row in shown] == [2, 4]
