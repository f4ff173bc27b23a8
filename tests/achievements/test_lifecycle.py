"""The life of a listing: what may follow what, and who hears of it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from achievements.models import Achievement, Listing, Review
from achievements.services import (
    approve_listing,
    close_listing,
    expire_listings,
    publish_listing,
    reject_listing,
    remind_of_expiry,
    renew_listing,
    renewal_token,
    reopen_listing,
    submit_listing,
    withdraw_listing,
)
from achievements.signals import listings_changed
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

VERBS = {
    "submit": submit_listing,
    "publish": publish_listing,
    "approve": approve_listing,
    "withdraw": withdraw_listing,
    "close": close_listing,
    "renew": renew_listing,
    "reopen": reopen_listing,
}
ALLOWED = {
    "draft": {"submit": "in_review", "publish": "published"},
    "in_review": {"approve": "published", "withdraw": "withdrawn"},
    "published": {"withdraw": "withdrawn", "close": "closed", "renew": "published"},
    "expired": {"withdraw": "withdrawn", "close": "closed", "renew": "published"},
    "withdrawn": {"reopen": "draft"},
    "closed": {"reopen": "draft"},
}


def told(user):
    """Kinds of what a user was told, and the titles, in order."""
    rows = Notification.objects.filter(recipient=user).order_by("pk")
    return [(row.kind, render_notification(row).title) for row in rows]


@pytest.mark.parametrize("state", ALLOWED)
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_moves_or_refuses_by_state(state, verb):
    achievement = AchievementFactory(state=state)
    after = ALLOWED[state].get(verb)
    user = UserFactory()
    if after is None:
        with pytest.raises(ValidationError):
            VERBS[verb](achievement, by=user)
        assert Listing.objects.get(pk=achievement.pk).state == state
        assert not AuditEvent.objects.filter(verb=f"listing.{verb}").exists()
        return
    before = achievement.updated_at
    VERBS[verb](achievement, by=user)
    fresh = Listing.objects.get(pk=achievement.pk)
    assert fresh.state == after == achievement.state
    assert fresh.updated_at > before
    event = AuditEvent.objects.get(verb=f"listing.{verb}")
    assert (event.actor, event.object_id) == (user, achievement.pk)
    assert (event.data["before"], event.data["after"]) == (state, after)


def test_submit_tells_moderators_but_not_those_of_the_own_organisation():
    achievement = AchievementFactory(state="draft", title_en="A cell")
    moderator, curator = UserFactory(moderator=True), UserFactory(curator=True)
    own = MemberFactory(
        organisation=achievement.organisation, user=UserFactory(moderator=True)
    ).user
    submit_listing(achievement, by=UserFactory())
    assert told(moderator) == [("listing_submitted", "Waiting for your review: “A cell”")]
    assert told(curator) == told(own) == []


def test_submit_of_an_expert_tells_curators():
    expert = ExpertFactory(state="draft")
    moderator, curator = UserFactory(moderator=True), UserFactory(curator=True)
    submit_listing(expert, by=UserFactory())
    assert [kind for kind, _title in told(curator)] == ["listing_submitted"]
    assert told(moderator) == []


@pytest.mark.parametrize(
    ("verified", "trusted", "state"),
    [(True, True, "published"), (True, False, "in_review")],
)
def test_submit_publishes_at_once_for_trusted_organisations(verified, trusted, state):
    organisation = OrganisationFactory(verified=verified, may_publish_directly=trusted)
    achievement = AchievementFactory(state="draft", organisation=organisation)
    submit_listing(achievement, by=UserFactory())
    assert Listing.objects.get(pk=achievement.pk).state == state


def test_submit_that_says_too_little_is_refused():
    achievement = AchievementFactory(
        state="draft", summary_en="", summary_zh="", solution_en="", solution_zh=""
    )
    with pytest.raises(ValidationError) as caught:
        submit_listing(achievement, by=UserFactory())
    assert set(caught.value.error_dict) == {"summary_en", "solution_en"}
    assert Listing.objects.get(pk=achievement.pk).state == "draft"


def test_approve_publishes_for_a_year_and_tells_the_owners():
    achievement = AchievementFactory(state="in_review", title_en="A cell")
    owner = MemberFactory(organisation=achievement.organisation).user
    viewer = MemberFactory(organisation=achievement.organisation, role="viewer").user
    changed = []

    def note(sender, listing_ids, **kwargs):
        changed.extend(listing_ids)

    listings_changed.connect(note)
    approve_listing(achievement, by=UserFactory(moderator=True))
    listings_changed.disconnect(note)
    fresh = Listing.objects.get(pk=achievement.pk)
    assert fresh.is_live
    assert (fresh.expires_at - fresh.published_at).days == 365
    assert told(owner) == [("listing_approved", "Published: “A cell”")]
    assert told(viewer) == []
    assert changed == [achievement.pk]


def test_reject_needs_a_reason_and_tells_it():
    demand = DemandFactory(state="in_review", title_en="Steel")
    owner = MemberFactory(organisation=demand.organisation).user
    moderator = UserFactory(moderator=True)
    with pytest.raises(ValidationError):
        reject_listing(demand, by=moderator, reason="")
    assert demand.state == Listing.objects.get(pk=demand.pk).state == "in_review"
    assert not Review.objects.exists()
    reject_listing(demand, by=moderator, reason="no_evidence", note=" Measure it. ")
    assert Review.objects.get().note == "Measure it."
    row = Notification.objects.get(recipient=owner)
    body = render_notification(row).body
    assert "Claims lack evidence or figures" in body
    assert "Measure it." in body


def test_notice_of_an_anonymous_demand_never_names_its_organisation():
    organisation = OrganisationFactory(name_en="Hidden Works", name_zh="隐名公司")
    demand = DemandFactory(anonymous=True, organisation=organisation, state="draft")
    moderator = UserFactory(moderator=True)
    submit_listing(demand, by=UserFactory())
    row = Notification.objects.get(recipient=moderator)
    said = render_notification(row)
    for text in (str(row.data), said.title, said.body, row.path):
        assert "Hidden Works" not in text
        assert "隐名公司" not in text


def test_expire_listings_moves_what_is_past_its_date_once():
    past = timezone.now() - timedelta(minutes=1)
    due, live = AchievementFactory(expires_at=past), AchievementFactory()
    owner = MemberFactory(organisation=due.organisation).user
    assert expire_listings() == 1
    assert expire_listings() == 0
    due.refresh_from_db()
    live.refresh_from_db()
    assert (due.state, live.state) == ("expired", "published")
    assert [kind for kind, _title in told(owner)] == ["listing_expired"]
    assert AuditEvent.objects.get(verb="listing.expire").actor is None


def test_past_expiry_is_hidden_even_before_the_sweep():
    due = AchievementFactory(expires_at=timezone.now() - timedelta(seconds=1))
    other = MemberFactory().user
    assert not Achievement.objects.visible_to(other).filter(pk=due.pk).exists()


def test_remind_of_expiry_tells_thirty_and_seven_days_before_once_each():
    achievement = AchievementFactory()
    owner = MemberFactory(organisation=achievement.organisation).user
    expiry = achievement.expires_at
    updated = Listing.objects.get(pk=achievement.pk).updated_at
    counts = []
    for days in (31, 29, 29, 8, 6, 6):
        with time_machine.travel(expiry - timedelta(days=days), tick=False):
            counts.append(remind_of_expiry())
    assert counts == [0, 1, 0, 0, 1, 0]
    assert [kind for kind, _title in told(owner)] == ["listing_expiring"] * 2
    assert Listing.objects.get(pk=achievement.pk).updated_at == updated


def test_remind_of_expiry_starts_anew_after_a_renewal():
    achievement = AchievementFactory(expires_at=timezone.now() + timedelta(days=5))
    MemberFactory(organisation=achievement.organisation)
    assert remind_of_expiry() == 1
    renew_listing(achievement, by=None)
    assert remind_of_expiry() == 0
    fresh = Listing.objects.get(pk=achievement.pk)
    with time_machine.travel(fresh.expires_at - timedelta(days=20), tick=False):
        assert remind_of_expiry() == 1


# --- renewing from the e-mail --------------------------------------------------------------


@pytest.fixture
def sent():
    """An expiring listing, its owner, and the address in the owner's e-mail."""
    achievement = AchievementFactory(expires_at=timezone.now() + timedelta(days=5))
    owner = MemberFactory(organisation=achievement.organisation).user
    remind_of_expiry()
    return achievement, owner, Notification.objects.get(recipient=owner).path


def test_renewal_link_renews_by_post_without_signing_in(sent):
    achievement, owner, path = sent
    before = achievement.expires_at
    assert Client().get(path).status_code == 200
    achievement.refresh_from_db()
    assert achievement.expires_at == before
    assert Client().post(path).status_code == 200
    achievement.refresh_from_db()
    assert achievement.expires_at > before
    assert AuditEvent.objects.get(verb="listing.renew").actor == owner


def test_renewal_link_works_once(sent):
    achievement, _owner, path = sent
    Client().post(path)
    achievement.refresh_from_db()
    renewed = achievement.expires_at
    assert Client().post(path).status_code == 410
    achievement.refresh_from_db()
    assert achievement.expires_at == renewed


@pytest.mark.parametrize("change", ["withdrawn", "left", "suspended", "forged"])
def test_renewal_link_that_holds_no_more_changes_nothing(sent, change):
    achievement, owner, path = sent
    match change:
        case "withdrawn":
            withdraw_listing(achievement, by=owner)
        case "left":
            owner.memberships.all().delete()
        case "suspended":
            type(owner).objects.filter(pk=owner.pk).update(is_active=False)
        case "forged":
            path = reverse("achievements:listing_renew_by_link", args=["x" + path[20:60]])
    before = Listing.objects.get(pk=achievement.pk).expires_at
    response = Client().post(path)
    assert response.status_code == 410
    assert achievement.title_en not in response.content.decode()
    assert Listing.objects.get(pk=achievement.pk).expires_at == before


def test_renewal_token_of_another_listing_is_not_accepted(sent):
    _achievement, owner, _path = sent
    other = AchievementFactory()
    token = renewal_token(other, owner)
    path = reverse("achievements:listing_renew_by_link", args=[token])
    assert Client().post(path).status_code == 410
    assert not AuditEvent.objects.filter(verb="listing.renew").exists()
