"""People of the pool: claimed once, admitted by curators, merged without losing anything."""

import pytest
import time_machine
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent, Notification
from achievements.models import Expert, Listing
from achievements.services import (
    accept_invitation,
    admit_expert,
    apply_as_expert,
    claim_expert,
    decide_claim,
    invitation_token,
    merge_experts,
    propose_expert,
    read_invitation_token,
)
from tests.factories import (
    AttachmentFactory,
    ExpertFactory,
    InventorFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ORCID = "0000-0002-1825-0097"


def test_apply_as_expert_makes_an_own_profile_once():
    user = UserFactory()
    values = {"title_en": "Ada Lovelace"}
    expert = apply_as_expert(by=user, organisation=None, values=values)
    assert (expert.user, expert.state, expert.organisation) == (user, "draft", None)
    assert list(Expert.objects.visible_to(user)) == [expert]
    with pytest.raises(ValidationError):
        apply_as_expert(by=user, organisation=None, values=values)
    assert Expert.objects.count() == 1


def test_propose_expert_hands_the_profile_to_the_curators():
    curator = UserFactory(curator=True)
    values = {"title_en": "Ada", "summary_en": "Computes.", "expertise_en": "Engines."}
    expert = propose_expert(by=UserFactory(), organisation=None, values=values)
    assert expert.state == "in_review"
    assert Notification.objects.get(recipient=curator).kind == "listing_submitted"


@pytest.mark.parametrize("state", ["in_review", "draft"])
def test_admit_expert_publishes_and_tells_the_person(state):
    person, curator = UserFactory(), UserFactory(curator=True)
    expert = ExpertFactory(state=state, organisation=None)
    Expert.objects.filter(pk=expert.pk).update(user=person, admitted_at=None)
    expert.refresh_from_db()
    admit_expert(expert, by=curator)
    fresh = Expert.objects.get(pk=expert.pk)
    assert fresh.is_live
    assert fresh.admitted_by == curator
    assert fresh.admitted_at is not None
    assert list(Expert.objects.admitted()) == [fresh]
    assert Notification.objects.get(recipient=person).kind == "listing_approved"


def test_same_orcid_is_refused_in_the_pool():
    ExpertFactory(orcid=ORCID)
    values = {"title_en": "Again", "orcid": ORCID}
    with pytest.raises(ValidationError):
        apply_as_expert(by=UserFactory(), organisation=None, values=values)
    assert Expert.objects.count() == 1


def test_invitation_holds_for_thirty_days():
    expert = ExpertFactory()
    with time_machine.travel("2030-01-01", tick=False):
        token = invitation_token(expert)
    with time_machine.travel("2030-01-30", tick=False):
        assert read_invitation_token(token) == expert
    with time_machine.travel("2030-02-01", tick=False), pytest.raises(LookupError):
        accept_invitation(token, by=UserFactory())
    expert.refresh_from_db()
    assert expert.user is None


def test_invitation_is_refused_to_somebody_with_a_profile():
    expert, user = ExpertFactory(), UserFactory()
    apply_as_expert(by=user, organisation=None, values={"title_en": "Own"})
    with pytest.raises(ValidationError):
        accept_invitation(invitation_token(expert), by=user)
    expert.refresh_from_db()
    assert expert.user is None


def test_claim_is_told_to_curators_and_decided_once():
    expert, person, curator = ExpertFactory(), UserFactory(), UserFactory(curator=True)
    claim = claim_expert(expert, by=person, statement="My page")
    assert Notification.objects.get(recipient=curator).kind == "expert_claim_made"
    with pytest.raises(ValidationError):
        claim_expert(expert, by=person, statement="Again")
    decide_claim(claim, by=curator, accepted=False)
    with pytest.raises(ValidationError):
        decide_claim(claim, by=curator, accepted=True)
    expert.refresh_from_db()
    assert expert.user is None
    assert Notification.objects.get(recipient=person).kind == "expert_claim_decided"


def test_claim_of_a_claimed_profile_is_refused():
    expert = ExpertFactory()
    accept_invitation(invitation_token(expert), by=UserFactory())
    expert.refresh_from_db()
    with pytest.raises(ValidationError):
        claim_expert(expert, by=UserFactory(), statement="Me")
    assert not expert.claims.exists()


@pytest.mark.parametrize(
    ("mine", "other", "found"),
    [
        ({"title_en": "Ada Lovelace"}, {"title_en": "ada lovelace"}, True),
        ({"title_en": "Wang Fang"}, {"title_en": "Fang Wang"}, True),
        ({"title_en": "Wang Xiao Fang"}, {"title_en": "Xiao Fang Wang"}, True),
        ({"title_en": "", "title_zh": "王芳"}, {"title_en": "", "title_zh": "王芳"}, True),
        ({"title_en": "A", "title_zh": ""}, {"title_en": "B", "title_zh": ""}, False),
    ],
)
def test_duplicates_of_finds_the_same_name_in_either_script(mine, other, found):
    one, two = ExpertFactory(**mine), ExpertFactory(**other)
    assert list(Expert.objects.all().duplicates_of(one)) == ([two] if found else [])


def test_with_possible_duplicates_leaves_out_who_is_merged_or_alone():
    one, two = ExpertFactory(title_en="Same"), ExpertFactory(title_en="same")
    ExpertFactory(title_en="Alone")
    merged = ExpertFactory(title_en="Alone", state="withdrawn", merged_into=one)
    found = Expert.objects.all().with_possible_duplicates().order_by("pk")
    assert list(found) == [one, two]
    assert merged not in found


def test_merge_experts_keeps_what_is_chosen_and_moves_everything_else():
    curator, person = UserFactory(curator=True), UserFactory()
    one, two = TermFactory(), TermFactory()
    keep = ExpertFactory(title_en="Ada", position_en="Professor", fields=[one])
    other = ExpertFactory(title_en="Ada", position_en="Dr", orcid=ORCID, fields=[two])
    accept_invitation(invitation_token(other), by=person)
    shared = InventorFactory(expert=keep).achievement
    InventorFactory(expert=other, achievement=shared)
    moved = InventorFactory(expert=other)
    file = AttachmentFactory(listing=other)
    merged = merge_experts(keep, other, by=curator, values={"position_en": "Dr", "orcid": ORCID})
    assert (merged.pk, merged.position_en, merged.orcid) == (keep.pk, "Dr", ORCID)
    assert merged.user == person
    assert set(merged.fields.all()) == {one, two}
    moved.refresh_from_db()
    file.refresh_from_db()
    assert moved.expert == merged
    assert file.listing_id == keep.pk
    other.refresh_from_db()
    assert (other.merged_into, other.state, other.user) == (merged, "withdrawn", None)
    assert not Expert.objects.visible_to(UserFactory()).filter(pk=other.pk).exists()
    events = AuditEvent.objects.filter(verb="expert.merge").order_by("object_id")
    assert [event.object_id for event in events] == [keep.pk, other.pk]


def test_merge_experts_follows_earlier_merges():
    curator = UserFactory(curator=True)
    first, second, third = ExpertFactory(), ExpertFactory(), ExpertFactory()
    merge_experts(second, third, by=curator)
    merge_experts(first, second, by=curator)
    third.refresh_from_db()
    assert third.merged_into == first


@pytest.mark.parametrize("case", ["same", "both claimed", "merged before"])
def test_merge_experts_that_cannot_be_is_refused_and_changes_nothing(case):
    keep, other = ExpertFactory(), ExpertFactory()
    if case == "same":
        other = keep
    if case == "both claimed":
        for expert in (keep, other):
            accept_invitation(invitation_token(expert), by=UserFactory())
    if case == "merged before":
        merge_experts(ExpertFactory(), other, by=UserFactory())
    before = list(Listing.objects.order_by("pk").values())
    with pytest.raises(ValidationError):
        merge_experts(keep, other, by=UserFactory())
    assert list(Listing.objects.order_by("pk").values()) == before
