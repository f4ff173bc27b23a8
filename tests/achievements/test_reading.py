"""Opening a listing that is not for everyone is written down; once a day for each reader."""

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

FACTORIES = {"achievements": AchievementFactory, "demands": DemandFactory, "experts": ExpertFactory}


def openings():
    rows = AuditEvent.objects.filter(verb="listing.open").order_by("pk")
    assert {row.object_type for row in rows} <= {"achievements.listing"}
    return [(row.actor, row.object_id, row.organisation) for row in rows]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("kind", FACTORIES)
@pytest.mark.parametrize("door", ["", "/api/v1", "/api/v1/listings"])
def test_opening_a_members_only_listing_is_audited_once_a_day(kind, door):
    listing = FACTORIES[kind](visibility="members")
    user = MemberFactory().user
    address = (
        f"{door}/{listing.pk}/" if door.endswith("listings") else f"{door}/{kind}/{listing.pk}/"
    )
    with time_machine.travel("2030-03-01T04:00Z", tick=False):
        type(listing).objects.filter(pk=listing.pk).update(expires_at=None)
        client = client_of(user)
        for _again in range(2):
            assert client.get(address).status_code == 200
    event = (user, listing.pk, listing.organisation)
    assert openings() == [event]
    with time_machine.travel("2030-03-02T04:00Z", tick=False):
        client_of(user).get(address)
    assert openings() == [event, event]
    assert AuditEvent.objects.filter(
        verb="listing.open", object_type="achievements.listing"
    ).exists()


def test_opening_by_the_own_organisation_or_person_is_not_audited():
    achievement = AchievementFactory(visibility="members")
    person = UserFactory()
    expert = ExpertFactory(visibility="members", user=person)
    viewer = MemberFactory(organisation=achievement.organisation, role="viewer").user
    assert client_of(viewer).get(achievement.get_absolute_url()).status_code == 200
    assert client_of(person).get(expert.get_absolute_url()).status_code == 200
    assert openings() == []


def test_opening_by_an_administrator_of_what_only_its_owner_sees_is_audited():
    achievement = AchievementFactory(visibility="owner")
    moderator = UserFactory(moderator=True)
    client_of(moderator).get(achievement.get_absolute_url())
    assert openings() == [(moderator, achievement.pk, achievement.organisation)]


def test_listing_that_may_not_be_seen_and_lists_in_brief_are_not_audited():
    achievement = AchievementFactory(visibility="members")
    stranger = UserFactory()
    assert client_of(stranger).get(achievement.get_absolute_url()).status_code == 404
    member = client_of(MemberFactory().user)
    assert member.get("/search/?kind=achievement").status_code == 200
    assert member.get("/api/v1/listings/").json()["count"] == 1
    assert openings() == []


@pytest.mark.parametrize("kind", FACTORIES)
def test_list_that_gives_whole_listings_is_audited_as_well(kind):
    closed = [FACTORIES[kind](visibility="members") for _each in range(2)]
    FACTORIES[kind]()
    reader = MemberFactory().user
    for _again in range(2):
        assert client_of(reader).get(f"/api/v1/{kind}/").json()["count"] == 3
    assert Client().get(f"/api/v1/{kind}/").json()["count"] == 1
    wanted = [(reader, one.pk, one.organisation) for one in closed]
    assert sorted(openings(), key=lambda row: row[1]) == wanted


def test_list_asks_once_for_all_whether_they_were_read_before():
    client = client_of(MemberFactory().user)
    counts = []
    for _each in range(3):
        AchievementFactory(visibility="members")
        client.get("/api/v1/achievements/")
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/v1/achievements/")
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_public_listing_costs_no_query_more_and_is_not_audited():
    client = client_of(MemberFactory().user)
    counts = {}
    for visibility in ("public", "members"):
        achievement = AchievementFactory(visibility=visibility)
        with CaptureQueriesContext(connection) as queries:
            client.get(achievement.get_absolute_url())
        counts[visibility] = [q["sql"] for q in queries if "audit" in q["sql"]]
    assert counts["public"] == []
    assert counts["members"] != []
    assert len(openings()) == 1


def test_openings_do_not_crowd_the_history():
    achievement = AchievementFactory(visibility="members")
    client_of(MemberFactory().user).get(achievement.get_absolute_url())
    owner = MemberFactory(organisation=achievement.organisation).user
    history = client_of(owner).get(f"/api/v1/achievements/{achievement.pk}/history/").json()
    assert history == []
    assert client_of(owner).get(achievement.get_absolute_url()).context["history"] == []
