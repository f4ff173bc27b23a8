"""What reviewers decide, in both doors: only on what they have seen."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Notification
from accounts.services.rendering import render_notification
from achievements.models import Attachment, Listing, Review
from achievements.services import (
    EditConflictError,
    add_attachment,
    admit_expert,
    approve_listing,
    change_attachment,
    confirm_changes,
    reject_listing,
    remove_attachment,
    renew_listing,
    unseen_changes,
    update_listing,
)
from tests.factories import (
    AttachmentFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def pages_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def api_of(user):
    client = APIClient(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def url(name, *args):
    return reverse(f"achievements:{name}", args=args)


def api_url(*parts):
    return "/api/v1/" + "".join(f"{part}/" for part in parts)


def edit(listing, title="Something else"):
    """Its owner changes it."""
    owner = MemberFactory(organisation=listing.organisation).user
    return update_listing(listing, by=owner, values={"title_en": title})


# --- only what was seen --------------------------------------------------------------------


@pytest.mark.parametrize("state", ["in_review", "draft"])
def test_admitting_an_older_version_is_refused(state):
    expert = ExpertFactory(state=state, admitted_at=None)
    seen = expert.version
    edit(expert)
    with pytest.raises(EditConflictError):
        admit_expert(expert, by=UserFactory(curator=True), seen=seen)
    expert.refresh_from_db()
    assert (expert.state, expert.admitted_at) == (state, None)


def test_deciding_on_an_older_version_is_refused():
    demand = DemandFactory(state="in_review")
    moderator, seen = UserFactory(moderator=True), demand.version
    edit(demand)
    with pytest.raises(EditConflictError):
        approve_listing(demand, by=moderator, seen=seen)
    with pytest.raises(EditConflictError):
        reject_listing(demand, by=moderator, reason="other", seen=seen)
    with pytest.raises(ValidationError):
        approve_listing(demand, by=moderator, seen="nonsense")
    assert Listing.objects.get(pk=demand.pk).state == "in_review"
    assert not Review.objects.exists()
    approve_listing(demand, by=moderator, seen=Listing.objects.get(pk=demand.pk).version)
    assert Listing.objects.get(pk=demand.pk).state == "published"


@pytest.mark.parametrize("place", ["moderation_queue", "demand_detail"])
def test_approve_button_carries_the_version_that_was_shown(place):
    demand = DemandFactory(state="in_review")
    client = pages_of(UserFactory(moderator=True))
    shown = client.get(url(place, *([demand.pk] if place == "demand_detail" else [])))
    assert f'name="seen" value="{demand.version}"' in shown.content.decode()


def test_approve_page_of_an_older_version_leads_back_to_the_listing():
    demand = DemandFactory(state="in_review")
    seen = demand.version
    edit(demand)
    client = pages_of(UserFactory(moderator=True))
    for sent in ({"seen": seen}, {}):
        answer = client.post(url("listing_approve", demand.pk), sent, follow=True)
        assert answer.redirect_chain == [(demand.get_absolute_url(), 302)]
        assert "This listing changed since you opened it" in answer.content.decode()
        demand.refresh_from_db()
        assert demand.state == "in_review"


def test_reject_page_of_an_older_version_keeps_what_was_typed():
    demand = DemandFactory(state="in_review")
    seen = demand.version
    edit(demand)
    client = pages_of(UserFactory(moderator=True))
    address = f"{url('listing_reject', demand.pk)}?seen={seen}".replace("+", "%2B")
    form = client.get(address).context["form"]
    assert form["seen"].value() == seen
    sent = {"reason": "other", "note": "Measure it.", "seen": seen}
    answer = client.post(url("listing_reject", demand.pk), sent)
    assert answer.status_code == 409
    assert "Measure it." in answer.content.decode()
    demand.refresh_from_db()
    assert demand.state == "in_review"
    again = {"reason": "other", "note": "", "seen": answer.context["form"]["seen"].value()}
    client.post(url("listing_reject", demand.pk), again)
    demand.refresh_from_db()
    assert demand.state == "draft"


def test_admit_button_carries_the_version_and_refuses_an_older_one():
    expert = ExpertFactory(state="in_review", admitted_at=None)
    client = pages_of(UserFactory(curator=True))
    (address,) = re.findall(r'href="([^"]*/admit/[^"]*)"', client.get(url("expert_pool")).text)
    seen = expert.version
    edit(expert)
    # The page was opened from a queue that showed the version before.
    assert f'name="seen" value="{seen}"' in client.get(address).text
    client.post(url("expert_admit", expert.pk), {"seen": seen})
    expert.refresh_from_db()
    assert (expert.state, expert.admitted_at) == ("in_review", None)


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_api_review_of_an_older_version_is_a_conflict(verb):
    demand = DemandFactory(state="in_review")
    client = api_of(UserFactory(moderator=True))
    seen = client.get(api_url("demands", demand.pk)).json()["version"]
    edit(demand)
    answer = client.post(api_url("demands", demand.pk, verb), {"seen": seen, "reason": "other"})
    assert answer.status_code == 409
    assert "changed since you opened it" in answer.json()["errors"][0]["detail"]
    demand.refresh_from_db()
    assert demand.state == "in_review"
    assert not Review.objects.exists()


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_api_review_without_a_version_is_refused(verb):
    demand = DemandFactory(state="in_review")
    client = api_of(UserFactory(moderator=True))
    answer = client.post(api_url("demands", demand.pk, verb), {"reason": "other"})
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == ["seen"]
    demand.refresh_from_db()
    assert demand.state == "in_review"


# --- changed after publication -------------------------------------------------------------


def kinds_told(user):
    return list(
        Notification.objects.filter(recipient=user).order_by("pk").values_list("kind", flat=True)
    )


def test_change_of_a_published_listing_stays_live_and_goes_before_a_moderator_once():
    demand = DemandFactory(title_en="Old title")
    moderator = UserFactory(moderator=True)
    edit(demand, "New title")
    edit(demand, "Newer title")
    fresh = Listing.objects.get(pk=demand.pk)
    assert (fresh.state, fresh.title_en) == ("published", "Newer title")
    assert list(Listing.objects.changed_after_publication()) == [fresh]
    assert kinds_told(moderator) == ["listing_changed"]
    shown = pages_of(moderator).get(url("moderation_queue")).content.decode()
    assert "Changed after publication" in shown
    assert "title (English)" in shown


@pytest.mark.parametrize("who", ["trusted", "draft", "moderator", "platform"])
def test_change_that_no_reviewer_needs_to_see_is_not_queued(who):
    organisation = OrganisationFactory(may_publish_directly=who == "trusted")
    state = "draft" if who == "draft" else "published"
    demand = DemandFactory(organisation=organisation, state=state)
    by = MemberFactory(organisation=organisation).user
    if who == "moderator":
        by = UserFactory(superuser=True)
    if who == "platform":
        by = None
    update_listing(demand, by=by, values={"title_en": "Something else"})
    assert Listing.objects.get(pk=demand.pk).edited_at is None
    assert not Notification.objects.exists()


def test_moderator_of_the_own_organisation_does_not_vouch_for_its_changes():
    demand = DemandFactory()
    own = MemberFactory(organisation=demand.organisation, user=UserFactory(moderator=True)).user
    update_listing(demand, by=own, values={"title_en": "Something else"})
    assert Listing.objects.changed_after_publication().count() == 1


def test_file_and_rows_are_named_among_the_changes():
    demand = DemandFactory()
    owner = MemberFactory(organisation=demand.organisation).user
    upload = SimpleUploadedFile("a.txt", b"measured")
    add_attachment(demand, by=owner, upload=upload, layer="public")
    row = {"quantity": "mass", "operator": "<=", "value": "3", "unit": "kg"}
    update_listing(demand, by=owner, values={"body_en": "Else."}, rows={"requirements": [row]})
    fresh = Listing.objects.get(pk=demand.pk)
    assert unseen_changes([fresh]) == {fresh.pk: ["attachments", "body_en", "requirements"]}
    shown = pages_of(UserFactory(moderator=True)).get(demand.get_absolute_url()).content.decode()
    assert "files, what is needed (English), requirement rows" in shown


def test_removed_file_is_a_change_too():
    attachment = AttachmentFactory(listing=DemandFactory())
    owner = MemberFactory(organisation=attachment.listing.organisation).user
    remove_attachment(Attachment.objects.get(), by=owner)
    fresh = Listing.objects.get(pk=attachment.listing_id)
    assert unseen_changes([fresh]) == {fresh.pk: ["attachments"]}


def test_submitted_listing_that_its_owner_edits_says_so_until_it_is_decided():
    demand = DemandFactory(state="in_review")
    moderator = UserFactory(moderator=True)
    edit(demand)
    for address in (url("moderation_queue"), demand.get_absolute_url()):
        assert "Changed since it was submitted" in pages_of(moderator).get(address).content.decode()
    assert kinds_told(moderator) == []
    approve_listing(demand, by=moderator)
    assert Listing.objects.get(pk=demand.pk).edited_at is None


def test_confirm_keeps_the_listing_and_empties_the_queue():
    demand = DemandFactory()
    edit(demand)
    moderator = UserFactory(moderator=True)
    fresh = Listing.objects.get(pk=demand.pk)
    client = pages_of(moderator)
    shown = client.get(url("moderation_queue")).content.decode()
    assert f'name="seen" value="{fresh.version}"' in shown
    client.post(url("listing_confirm_changes", demand.pk), {"seen": fresh.version})
    after = Listing.objects.get(pk=demand.pk)
    assert (after.state, after.edited_at, after.updated_at) == ("published", None, fresh.updated_at)
    event = AuditEvent.objects.get(verb="listing.confirm")
    assert (event.actor, event.data["changed"]) == (moderator, ["title_en"])
    assert Review.objects.get().verdict == "approved"
    with pytest.raises(ValidationError):
        confirm_changes(after, by=moderator)


def test_confirm_of_an_older_version_is_refused():
    demand = DemandFactory()
    edit(demand)
    seen = Listing.objects.get(pk=demand.pk).version
    edit(demand, "And something else again")
    client = pages_of(UserFactory(moderator=True))
    answer = client.post(url("listing_confirm_changes", demand.pk), {"seen": seen})
    assert answer.url == demand.get_absolute_url()
    assert Listing.objects.changed_after_publication().count() == 1
    assert not Review.objects.exists()


@pytest.mark.parametrize("state", ["published", "expired"])
def test_take_down_makes_a_draft_and_tells_the_owner_why(state):
    demand = DemandFactory(title_en="Steel", state=state)
    owner = MemberFactory(organisation=demand.organisation).user
    client = pages_of(UserFactory(moderator=True))
    address = url("listing_take_down", demand.pk)
    assert client.get(address).status_code == 200
    sent = {"reason": "", "note": "", "seen": demand.version}
    assert client.post(address, sent).status_code == 422
    demand.refresh_from_db()
    assert demand.state == state
    client.post(address, {**sent, "reason": "confidential", "note": "A name stands in it."})
    demand.refresh_from_db()
    assert (demand.state, demand.edited_at) == ("draft", None)
    told = render_notification(Notification.objects.get(recipient=owner))
    assert told.title == "Taken down by a reviewer: “Steel”"
    assert "It contains confidential or personal information" in told.body
    assert "A name stands in it." in told.body
    shown = pages_of(owner).get(demand.get_absolute_url()).content.decode()
    assert "Taken down by a reviewer" in shown
    assert AuditEvent.objects.get(verb="listing.take_down").data["after"] == "draft"


def test_members_and_the_own_organisations_moderator_neither_confirm_nor_take_down():
    demand = DemandFactory()
    edit(demand)
    own = MemberFactory(organisation=demand.organisation, user=UserFactory(moderator=True)).user
    version = Listing.objects.get(pk=demand.pk).version
    sent = {"seen": version, "reason": "other"}
    for user in (own, MemberFactory().user, UserFactory(curator=True)):
        for page, verb in (
            ("listing_confirm_changes", "confirm-changes"),
            ("listing_take_down", "take-down"),
        ):
            assert pages_of(user).post(url(page, demand.pk), sent).status_code == 403
            assert api_of(user).post(api_url("demands", demand.pk, verb), sent).status_code == 403
    assert Listing.objects.changed_after_publication().count() == 1


def test_api_confirms_and_takes_down_by_version():
    one, two = DemandFactory(), DemandFactory()
    client = api_of(UserFactory(moderator=True))
    old = one.version
    for demand in (one, two):
        edit(demand)
    assert client.get(api_url("listings"), {"waiting": "true"}).json()["count"] == 2
    sent = {"seen": old, "reason": "other"}
    assert client.post(api_url("demands", one.pk, "confirm-changes"), sent).status_code == 409
    assert client.post(api_url("demands", one.pk, "take-down"), sent).status_code == 409
    body = client.get(api_url("demands", one.pk)).json()
    assert body["edited_at"]
    sent = {"seen": body["version"]}
    answer = client.post(api_url("demands", one.pk, "confirm-changes"), sent)
    assert (answer.status_code, answer.json()["edited_at"]) == (200, None)
    sent = {"seen": client.get(api_url("demands", two.pk)).json()["version"], "reason": "other"}
    answer = client.post(api_url("demands", two.pk, "take-down"), sent)
    assert (answer.status_code, answer.json()["state"]) == (200, "draft")
    history = client.get(api_url("demands", one.pk, "history")).json()
    assert [(row["verb"], row["changed"]) for row in history] == [
        ("listing.confirm", ["title_en"]),
        ("listing.update", ["title_en"]),
    ]


def test_waiting_tells_others_nothing_about_listings_of_others():
    demand = DemandFactory()
    edit(demand)
    owner = demand.organisation.members.get().user
    for user, count in ((owner, 1), (MemberFactory().user, 0), (UserFactory(curator=True), 0)):
        found = api_of(user).get(api_url("listings"), {"waiting": "true"}).json()
        assert found["count"] == count
        shown = api_of(user).get(api_url("demands", demand.pk)).json()["edited_at"]
        assert (shown is None) == (user.memberships.exists() and user != owner)


def test_changed_profile_of_an_admitted_expert_stands_in_the_pool():
    expert = ExpertFactory(organisation=None, user=UserFactory())
    update_listing(expert, by=expert.user, values={"expertise_en": "Something else."})
    curator = UserFactory(curator=True)
    client = pages_of(curator)
    shown = client.get(url("expert_pool"), {"show": "changed"}).content.decode()
    assert expert.title_en in shown
    assert "expertise (English)" in shown
    version = Listing.objects.get(pk=expert.pk).version
    client.post(url("listing_confirm_changes", expert.pk), {"seen": version})
    assert Listing.objects.get(pk=expert.pk).edited_at is None


@pytest.mark.parametrize("page", ["moderation_queue", "expert_pool"])
def test_queue_asks_for_all_changes_at_once(page):
    client = pages_of(UserFactory(superuser=True))
    factory = ExpertFactory if page == "expert_pool" else DemandFactory
    counts = []
    for number in (1, 2):
        for listing in factory.create_batch(number):
            edit(listing)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(page), {"show": "changed"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_file_changed_by_who_saw_an_older_state_is_not_lost_to_reviewers():
    attachment = AttachmentFactory(listing=DemandFactory())
    owner = MemberFactory(organisation=attachment.listing.organisation).user
    edit(attachment.listing)
    stale = Attachment.objects.select_related("listing").get(pk=attachment.pk)
    assert stale.listing.edited_at is not None
    confirm_changes(stale.listing.demand, by=UserFactory(moderator=True))

    change_attachment(stale, by=owner, layer="public", title="Another title")

    assert unseen_changes([Listing.objects.get(pk=attachment.listing_id)]) == {
        attachment.listing_id: ["attachments"]
    }


def test_renewing_what_was_changed_while_expired_tells_the_reviewers():
    moderator = UserFactory(moderator=True)
    demand = DemandFactory(state="expired")
    owner = MemberFactory(organisation=demand.organisation).user
    edit(demand)
    assert not Notification.objects.filter(recipient=moderator).exists()

    renew_listing(demand, by=owner)

    told = Notification.objects.filter(recipient=moderator).values_list("kind", flat=True)
    assert list(told) == ["listing_changed"]


def test_changes_after_publication_are_shown_beside_what_the_reviewer_saw():
    listing = DemandFactory()
    edit(listing, "First change")
    confirm_changes(listing, by=UserFactory(moderator=True))
    edit(listing, "Second change")
    edit(listing, "Third change")
    page = pages_of(UserFactory(moderator=True))
    assert url("listing_changes", listing.pk) in page.get(url("moderation_queue")).text
    shown = page.get(url("listing_changes", listing.pk), follow=True)
    assert (shown.context["old"].content["values"]["title_en"]) == "First change"
    assert (shown.context["new"].content["values"]["title_en"]) == "Third change"
    assert pages_of(UserFactory()).get(url("listing_changes", listing.pk)).status_code == 403
