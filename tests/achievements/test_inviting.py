"""Letters that ask people to take over the profile others wrote of them."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Delivery
from achievements.models import ExpertInvitation
from achievements.services import (
    accept_invitation,
    invitation_token,
    invite_expert,
    inviting,
    merge_experts,
    read_invitation_token,
    remind_invited_expert,
)
from tests.factories import ExpertFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

ADDRESS = "ada@example.edu"


@pytest.fixture
def member():
    return MemberFactory(role="editor")


@pytest.fixture
def expert(member):
    return ExpertFactory(organisation=member.organisation)


def client_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def api_of(user):
    client = APIClient(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def page_of(expert):
    return reverse("achievements:expert_invite", args=[expert.pk])


def token_in(letter):
    return re.search(r"/experts/accept/([^/]+)/", letter.text)[1]


@pytest.mark.parametrize(("language", "word"), [("en", "invites you"), ("zh-hans", "邀请")])
def test_invite_expert_writes_one_letter_with_the_link(member, expert, language, word):
    invite_expert(expert, by=member.user, email=" Ada@Example.edu ", language=language)
    letter = Delivery.objects.get()
    assert (letter.address, letter.recipient) == (ADDRESS, None)
    assert word in letter.text
    assert word in letter.html
    assert read_invitation_token(token_in(letter)) == expert
    event = AuditEvent.objects.get(verb="expert.invite")
    assert ADDRESS not in str(event.data)


def test_invite_expert_is_told_once_for_an_address(member, expert):
    invite_expert(expert, by=member.user, email=ADDRESS, language="en")
    with pytest.raises(ValidationError) as raised:
        invite_expert(expert, by=member.user, email=ADDRESS.upper(), language="en")
    assert raised.value.error_dict["email"][0].code == "invited"
    assert Delivery.objects.count() == 1


def test_letter_is_in_the_language_of_the_account_and_the_sender_learns_nothing(member, expert):
    UserFactory(email=ADDRESS, language="zh-hans")
    client = client_of(member.user)
    known = client.post(page_of(expert), {"email": ADDRESS, "language": "en"})
    unknown = client.post(page_of(expert), {"email": "no@example.edu", "language": "en"})
    assert "邀请" in Delivery.objects.get(address=ADDRESS).text
    assert "invites you" in Delivery.objects.get(address="no@example.edu").text
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, known.url)
    shown = client.get(page_of(expert)).content.decode()
    assert shown.count("The invitation is on its way.") == 2
    rows = api_of(member.user).get(f"/api/v1/experts/{expert.pk}/invitations/").json()
    assert {row["language"] for row in rows} == {"en"}


def test_remind_sends_a_fresh_link_after_an_hour(member, expert):
    invitation = invite_expert(expert, by=member.user, email=ADDRESS, language="en")
    with pytest.raises(ValidationError, match="moment ago"):
        remind_invited_expert(invitation, by=member.user)
    assert Delivery.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        remind_invited_expert(invitation, by=member.user)
        letters = list(Delivery.objects.order_by("created_at"))
        assert len(letters) == 2
        with pytest.raises(LookupError):
            read_invitation_token(token_in(letters[0]))
        assert read_invitation_token(token_in(letters[1])) == expert


def test_claimed_profile_is_not_invited_and_keeps_no_address(member, expert):
    invitation = invite_expert(expert, by=member.user, email=ADDRESS, language="en")
    accept_invitation(invitation_token(expert), by=UserFactory())
    assert not ExpertInvitation.objects.exists()
    invitation.sent_at = timezone.now() - timedelta(days=1)
    for call in (
        lambda: invite_expert(expert, by=member.user, email="b@example.edu", language="en"),
        lambda: remind_invited_expert(invitation, by=member.user),
    ):
        with pytest.raises(ValidationError, match="already been claimed"):
            call()
    assert Delivery.objects.count() == 1


def test_merged_profile_keeps_no_address(member, expert):
    invite_expert(expert, by=member.user, email=ADDRESS, language="en")
    merge_experts(ExpertFactory(), expert, by=UserFactory(curator=True))
    assert not ExpertInvitation.objects.exists()


def test_letters_of_a_day_are_limited(member, expert, monkeypatch):
    monkeypatch.setattr(inviting, "LETTERS_PER_DAY", 1)
    invite_expert(expert, by=member.user, email=ADDRESS, language="en")
    with pytest.raises(ValidationError, match="today"):
        invite_expert(expert, by=member.user, email="b@example.edu", language="en")
    assert Delivery.objects.count() == 1


def test_pages_invite_resend_and_refuse_others(member, expert):
    client = client_of(member.user)
    assert client.post(page_of(expert), {"email": "no", "language": "en"}).status_code == 422
    client.post(page_of(expert), {"email": ADDRESS, "language": "en"})
    again = client.post(page_of(expert), {"email": ADDRESS, "language": "en"})
    assert again.status_code == 422
    assert "has been invited before" in again.content.decode()
    invitation = ExpertInvitation.objects.get()
    resend = reverse("achievements:expert_invite_again", args=[expert.pk, invitation.pk])
    elsewhere = reverse("achievements:expert_invite_again", args=[ExpertFactory().pk, 1])
    ExpertInvitation.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    stranger = client_of(MemberFactory().user)
    assert stranger.get(page_of(expert)).status_code == 403
    assert stranger.post(page_of(expert), {"email": "x@example.edu"}).status_code == 403
    assert stranger.post(resend).status_code == 403
    assert client.post(elsewhere).status_code == 403
    assert Delivery.objects.count() == 1
    assert client.post(resend).status_code == 302
    assert Delivery.objects.count() == 2


def test_api_invites_lists_resends_and_refuses_others(member, expert):
    client, address = api_of(member.user), f"/api/v1/experts/{expert.pk}/"
    assert Delivery.objects.count() == 0
    sent = client.post(f"{address}invite/", {"email": ADDRESS}, format="json")
    assert sent.status_code == 200
    assert "/experts/accept/" in sent.json()["link"]
    twice = client.post(f"{address}invite/", {"email": ADDRESS}, format="json")
    assert twice.status_code == 400
    assert [error["attr"] for error in twice.json()["errors"]] == ["email"]
    (row,) = client.get(f"{address}invitations/").json()
    assert (row["email"], row["invited_by"]) == (ADDRESS, str(member.user))
    ExpertInvitation.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    resend = f"{address}invitations/{row['id']}/resend/"
    stranger = api_of(MemberFactory().user)
    assert stranger.get(f"{address}invitations/").status_code == 403
    assert stranger.post(resend).status_code == 403
    assert stranger.post(f"{address}invite/", {"email": "x@example.edu"}).status_code == 403
    assert Delivery.objects.count() == 1
    assert client.post(resend).status_code == 200
    assert client.post(resend).status_code == 429
    assert client.post(f"{address}invitations/999999/resend/").status_code == 404
    assert Delivery.objects.count() == 2
