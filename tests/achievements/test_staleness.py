"""Stale listings: what counts as stale, asking the owner once, the owner's answer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Notification
from achievements.models import Expert, Listing, OwnerAsk
from achievements.services import ask_owner, confirm_still_valid, stale_listings, stale_parts
from deals.models import Introduction
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    EvidenceRowFactory,
    ExpertFactory,
    IntroductionFactory,
    MemberFactory,
    MessageFactory,
    UserFactory,
)
from tests.parity import ListParity

pytestmark = pytest.mark.django_db
OLD = timedelta(days=400)


def listing_of(owner, *, age=OLD, **values):
    """An achievement of the owner's organisation, unchanged for so long."""
    organisation = owner.memberships.get().organisation
    made = AchievementFactory(organisation=organisation, **values)
    Listing.objects.filter(pk=made.pk).update(updated_at=timezone.now() - age)
    made.refresh_from_db()
    return made


def priced(owner, **more):
    return listing_of(owner, price_mode="fixed", price_min=Decimal(10), **more)


def found():
    return {row.pk: stale_parts(row) for row in stale_listings(Listing.objects.all())}


def pages_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def test_old_prices_figures_and_contacts_are_stale_and_nothing_else():
    owner = MemberFactory().user
    price = priced(owner)
    figures = listing_of(owner)
    EvidenceRowFactory(achievement=figures)
    priced(owner, age=timedelta(days=100))
    listing_of(owner)
    priced(owner, state="draft")
    gone = MemberFactory(user=UserFactory(last_login=timezone.now() - OLD)).user
    lost = listing_of(gone, age=timedelta(days=1))

    assert found() == {price.pk: ["price"], figures.pk: ["figures"], lost.pk: ["contact"]}


def test_listings_of_an_organisation_without_accounts_wait_apart_for_another_remedy():
    moderator, owner = UserFactory(moderator=True), MemberFactory().user
    priced(owner)
    alone = AchievementFactory(created_by=moderator)
    claimed = ExpertFactory(organisation=alone.organisation)
    Expert.objects.filter(pk=claimed.pk).update(user=UserFactory())
    assert alone.pk not in found()
    assert {row.pk for row in stale_listings(Listing.objects.all(), "nobody")} == {alone.pk}
    with pytest.raises(ValidationError, match="has an account"):
        ask_owner(alone, by=moderator)
    Listing.objects.filter(pk=alone.pk).update(updated_at=timezone.now() - OLD)
    page = pages_of(moderator).get(reverse("achievements:stale_list"), {"part": "nobody"})
    assert [row["nobody"] for row in page.context["rows"]] == [True]
    assert reverse("achievements:listing_take_down", args=[alone.pk]) in page.text
    assert "Ask the owner</" not in page.text
    api = APIClient()
    api.force_login(moderator)
    rows = api.get("/api/v1/stale-listings/", {"part": "nobody"}).json()["results"]
    assert [(row["id"], row["nobody"]) for row in rows] == [(alone.pk, True)]
    assert api.post(f"/api/v1/stale-listings/{alone.pk}/ask-owner/").status_code == 409


def test_conversation_without_a_reply_is_stale_after_the_set_days(settings):
    settings.STALE_REPLY_DAYS = 10
    late, fresh, answered = (IntroductionFactory(listing=DemandFactory()) for _number in range(3))
    for one in (late, fresh, answered):
        MemberFactory(organisation=one.listing.organisation)
    Introduction.objects.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(days=11))
    MessageFactory(introduction=answered, from_sender=False)

    assert found() == {late.listing_id: ["reply"]}


def test_owner_is_asked_once_and_answers_by_one_click():
    owner, moderator = MemberFactory().user, UserFactory(moderator=True)
    listing = priced(owner)
    page = pages_of(moderator).get(reverse("achievements:stale_list"))
    assert "Ask the owner" in page.text
    ask_page = reverse("achievements:listing_ask_owner", args=[listing.pk])
    pages_of(moderator).post(ask_page)
    pages_of(moderator).post(ask_page)
    assert OwnerAsk.objects.get().reasons == ["price"]
    assert [row.recipient for row in Notification.objects.filter(kind="listing_stale")] == [owner]
    asked = pages_of(owner)
    assert "does it still hold?" in asked.get(listing.get_absolute_url()).text
    version = listing.version
    asked.post(reverse("achievements:listing_still_valid", args=[listing.pk]))
    assert found() == {}
    listing.refresh_from_db()
    assert listing.version == version  # the content is the same
    assert "does it still hold?" not in asked.get(listing.get_absolute_url()).text


def test_open_question_is_asked_again_after_a_month():
    listing, moderator = priced(MemberFactory().user), UserFactory(moderator=True)
    ask = ask_owner(listing, by=moderator)
    with pytest.raises(ValidationError):
        ask_owner(listing, by=moderator)
    OwnerAsk.objects.filter(pk=ask.pk).update(asked_at=timezone.now() - timedelta(days=31))
    assert ask_owner(listing, by=moderator).pk == ask.pk
    assert Notification.objects.filter(kind="listing_stale").count() == 2


def test_fresh_listing_is_not_asked_about():
    listing = priced(MemberFactory().user, age=timedelta(days=3))
    with pytest.raises(ValidationError):
        ask_owner(listing, by=UserFactory(moderator=True))
    assert not OwnerAsk.objects.exists()


def test_only_those_who_edit_confirm_and_only_reviewers_ask():
    listing = priced(MemberFactory().user)
    stranger = UserFactory()
    confirm = reverse("achievements:listing_still_valid", args=[listing.pk])
    assert pages_of(stranger).post(confirm).status_code == 403
    ask = reverse("achievements:listing_ask_owner", args=[listing.pk])
    assert pages_of(stranger).post(ask).status_code == 404
    api = APIClient()
    api.force_login(stranger)
    assert api.get("/api/v1/stale-listings/").status_code == 403
    assert api.post(f"/api/v1/achievements/{listing.pk}/still-valid/").status_code == 403
    api.force_login(UserFactory(moderator=True))
    answer = api.post(f"/api/v1/stale-listings/{listing.pk}/ask-owner/")
    assert (answer.status_code, answer.json()["reasons"]) == (200, ["price"])
    with pytest.raises(ValidationError):
        confirm_still_valid(AchievementFactory(state="draft"), by=stranger)


class TestStaleParity(ListParity):
    page = "/listings/stale/"
    endpoint = "/api/v1/stale-listings/"
    queries = ("", "part=price", "part=nobody")

    @pytest.fixture
    def viewers(self):
        owner = MemberFactory().user
        priced(owner)
        EvidenceRowFactory(achievement=listing_of(owner))
        organisation = owner.memberships.get().organisation
        expert = ExpertFactory(organisation=organisation)
        Listing.objects.filter(pk=expert.pk).update(updated_at=timezone.now() - OLD)
        return [UserFactory(moderator=True), UserFactory(curator=True)]
