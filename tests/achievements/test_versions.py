"""Every saving of a listing is kept; two are compared, an earlier one restored."""

import pytest
from django.test import Client

from accounts.models import AuditEvent, Member, Region
from achievements.comparing import pieces
from achievements.models import Achievement, ListingVersion
from achievements.services import create_listing, update_listing
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    RegionFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return MemberFactory()


@pytest.fixture
def client(owner):
    client = Client()
    client.force_login(owner.user)
    return client


@pytest.fixture
def listing(owner):
    """An achievement saved three times: with rows, with another title, without rows."""
    term, region, expert = TermFactory(code="1"), RegionFactory(), ExpertFactory()
    made = create_listing(
        Achievement,
        by=owner.user,
        organisation=owner.organisation,
        values={
            "title_en": "Light alloy",
            "price_mode": "fixed",
            "price_min": "1200.50",
            "keywords_zh": ["合金", "轻"],
            "fields": [term],
            "region": region,
        },
        rows={
            "evidence": [{"quantity": "density", "value": "2.7", "unit": "g/cm3"}],
            "inventors": [{"name_en": "Rosa", "expert": expert}],
        },
    )
    update_listing(made, by=owner.user, values={"title_en": "Very light alloy"})
    update_listing(
        made,
        by=owner.user,
        values={"fields": [], "region": None, "visibility": "members", "price_mode": "negotiable"},
        rows={"evidence": [], "inventors": []},
    )
    return made


def test_each_change_is_kept_and_saving_the_same_is_not(listing, owner):
    update_listing(listing, by=owner.user, values={"title_en": "Very light alloy"})

    versions = ListingVersion.objects.filter(listing=listing.pk).order_by("number")
    assert [version.number for version in versions] == [1, 2, 3]
    first = versions[0].content
    assert first["values"]["price_min"] == "1200.5"
    assert first["fields"] == ["hightech:1"]
    assert first["rows"]["evidence"][0]["value"] == "2.7"
    assert {version.by for version in versions} == {owner.user}


def test_listing_without_versions_gets_one_of_what_was_there(owner, client):
    achievement = AchievementFactory(organisation=owner.organisation, title_en="Before")
    assert client.get(f"/listings/{achievement.pk}/versions/").context["newest"] == 1
    assert not ListingVersion.objects.exists()

    update_listing(achievement, by=owner.user, values={"title_en": "After"})

    titles = [v.content["values"]["title_en"] for v in ListingVersion.objects.order_by("number")]
    assert titles == ["Before", "After"]


def test_restoring_brings_everything_back_but_never_opens_the_listing_wider(listing, client, owner):
    answer = client.post(f"/listings/{listing.pk}/versions/1/restore/")

    restored = Achievement.objects.get(pk=listing.pk)
    assert answer.status_code == 302
    assert (restored.title_en, restored.keywords_zh) == ("Light alloy", ["合金", "轻"])
    assert (restored.fields.get().code, restored.region) == ("1", Region.objects.get())
    assert str(restored.evidence.get()) == "density 2.7 g/cm3"
    assert restored.inventors.get().expert is not None
    assert restored.visibility == "members"
    newest = ListingVersion.objects.order_by("-number")[0]
    assert (newest.number, newest.restored_from, newest.by) == (4, 1, owner.user)
    assert AuditEvent.objects.filter(verb="listing.revert").count() == 1


def test_restoring_leaves_out_what_is_gone(listing, client):
    ExpertFactory._meta.model.objects.all().delete()
    TermFactory._meta.model.objects.all().delete()
    client.post(f"/listings/{listing.pk}/versions/1/restore/")

    restored = Achievement.objects.get(pk=listing.pk)
    assert list(restored.fields.all()) == []
    assert restored.inventors.get().name_en == "Rosa"
    assert restored.inventors.get().expert is None


def test_comparison_marks_words_and_names_parts(listing, client):
    page = client.get(f"/listings/{listing.pk}/versions/compare/?old=1&new=2")
    rows = client.get(f"/listings/{listing.pk}/versions/compare/").context["rows"]

    (title,) = page.context["rows"]
    assert title.old == [("Light", True), (" alloy", False)]
    assert title.new == [("Very light", True), (" alloy", False)]
    assert len(rows) == 7
    assert "density · 2.7 · g/cm3" in str([row.old for row in rows])
    assert client.get(f"/listings/{listing.pk}/versions/compare/?old=9").status_code == 404


def test_chinese_is_compared_by_characters():
    assert pieces("轻质合金", "超轻合金")[1] == [("超", True), ("轻", False), ("合金", False)]


def test_versions_are_for_editors_and_reviewers(listing, client):
    listing_address = f"/listings/{listing.pk}/versions/"
    viewer = MemberFactory(organisation=listing.organisation, role=Member.Role.VIEWER).user
    for user, code in ((viewer, 403), (UserFactory(), 404), (UserFactory(moderator=True), 200)):
        other = Client()
        other.force_login(user)
        assert other.get(listing_address).status_code == code
        assert other.get(f"{listing_address}compare/").status_code == code
        refused = other.post(f"{listing_address}1/restore/").status_code
        assert refused == (404 if code == 404 else 403)
    assert Achievement.objects.get(pk=listing.pk).title_en == "Very light alloy"
    assert Client().get(listing_address).status_code == 302


def test_api_lists_shows_and_restores(listing, client):
    base = f"/api/v1/achievements/{listing.pk}/versions/"
    assert [row["number"] for row in client.get(base).json()] == [3, 2, 1]
    assert client.get(f"{base}2/").json()["content"]["values"]["title_en"] == "Very light alloy"
    assert client.get(f"{base}8/").status_code == 404
    assert client.post(f"{base}8/restore/").status_code == 404

    assert client.post(f"{base}1/restore/").json()["title_en"] == "Light alloy"


def test_what_may_not_be_changed_cannot_be_restored(owner, client):
    demand = DemandFactory(organisation=owner.organisation)
    update_listing(demand, by=owner.user, values={"title_en": "New"})
    type(demand).objects.filter(pk=demand.pk).update(state="closed")

    client.post(f"/listings/{demand.pk}/versions/1/restore/")

    assert type(demand).objects.get(pk=demand.pk).title_en == "New"
