"""What reviewers decide, in both doors: only on what they have seen."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from achievements.models import Listing, Review
from achievements.services import (
    EditConflictError,
    admit_expert,
    approve_listing,
    reject_listing,
    update_listing,
)
from tests.factories import DemandFactory, ExpertFactory, MemberFactory, UserFactory

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
    shown = client.get(url("expert_pool")).content.decode()
    assert f'name="seen" value="{expert.version}"' in shown
    seen = expert.version
    edit(expert)
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
