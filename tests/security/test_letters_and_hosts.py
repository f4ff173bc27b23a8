"""What a request says about itself, and what people write into names: neither changes a letter,
an address, or who is counted."""

from email import message_from_bytes
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core import mail
from django.test import Client
from django.utils import timezone
from rest_framework.settings import api_settings
from rest_framework.test import APIClient
from rest_framework.throttling import AnonRateThrottle

from accounts.models import Delivery
from accounts.services.delivery import deliver_due
from tests.factories import AchievementFactory, ApiTokenFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

BREAK = "A name\r\nBcc: thief@evil.example\r\n\r\nAnother body"
HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("Auto-Submitted", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
}
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "//evil.example/",
    "X-Rewrite-URL": "//evil.example/",
    "Forwarded": "host=evil.example;proto=https",
    "Origin": "https://evil.example",
}


def speaker(user: Any) -> APIClient:
    """A client of the API with a token of this user."""
    secret = f"tr_{user.pk}"
    ApiTokenFactory(user=user, secret=secret)
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


def test_line_breaks_in_names_and_subjects_make_no_header() -> None:
    listing = AchievementFactory(title_en=BREAK)
    reader = MemberFactory(organisation=listing.organisation, user__email="reader@example.org").user
    sender = MemberFactory(user__name=BREAK, organisation__name_en=BREAK, role="owner")
    api = speaker(sender.user)
    slug = sender.organisation.slug

    api.patch(f"/api/v1/organisations/{slug}/", {"name_en": BREAK, "city": BREAK})
    api.post("/api/v1/introductions/", {"listing": listing.pk, "subject": BREAK, "body": BREAK})
    invited = {"organisation": slug, "email": "guest@example.org", "role": "viewer"}
    assert api.post("/api/v1/invitations/", invited).status_code == 201
    refused = api.post("/api/v1/invitations/", {**invited, "email": f"a@example.org{BREAK}"})
    Delivery.objects.update(due_at=timezone.now())
    deliver_due()

    assert refused.status_code == 400
    assert {address for letter in mail.outbox for address in letter.recipients()} == {
        reader.email,
        "guest@example.org",
    }
    for letter in mail.outbox:
        read = message_from_bytes(letter.message().as_bytes())
        assert set(read.keys()) <= HEADERS


@pytest.mark.parametrize("address", ["/accounts/password/reset/", "/accounts/signup/"])
def test_letter_with_a_link_names_no_host_of_the_request(client: Client, address: str) -> None:
    UserFactory(email="known@example.org")
    form = {"email": "known@example.org", "name": "A", "language": "en"}
    form |= dict.fromkeys(("password1", "password2"), "a long and unusual phrase")

    client.post(address, form, headers=FORGED)
    deliver_due()

    [letter] = mail.outbox
    assert "evil.example" not in letter.message().as_string()
    assert site_settings.SITE_URL in str(letter.body)


@pytest.mark.parametrize("address", ["/", "/search/?q=x", "/api/v1/listings/", "/sitemap.xml"])
def test_forged_host_is_named_nowhere_and_an_unknown_one_refused(
    client: Client, address: str
) -> None:
    listing = AchievementFactory()

    for path in (address, listing.get_absolute_url()):
        answer = client.get(path, headers=FORGED)
        refused = client.get(path, headers={"Host": "evil.example"})

        assert answer.status_code == 200, path
        assert "evil.example" not in answer.text + str(answer.headers), path
        assert (refused.status_code, "evil.example" in refused.text) == (400, False), path


def test_verb_in_a_header_is_not_read() -> None:
    listing = AchievementFactory()
    owner = MemberFactory(organisation=listing.organisation, role="owner").user
    api = speaker(owner)

    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        response = api.get(f"/api/v1/achievements/{listing.pk}/", headers={name: "DELETE"})
        assert response.status_code == 200

    listing.refresh_from_db()
    assert listing.state == "published"


@pytest.mark.parametrize(("proxies", "answers"), [(0, [200, 200, 429]), (1, [200, 200, 200])])
def test_limit_counts_by_the_address_that_the_proxy_saw(
    monkeypatch: pytest.MonkeyPatch, proxies: int, answers: list[int]
) -> None:
    """What a client writes itself stands left of what the nearest proxy adds."""
    monkeypatch.setattr(AnonRateThrottle, "THROTTLE_RATES", {"anon": "2/min", "user": None})
    monkeypatch.setattr(api_settings, "NUM_PROXIES", proxies, raising=False)

    def ask(seen: str) -> int:
        forged = {"X-Forwarded-For": seen, "X-Real-IP": seen, "Client-IP": seen}
        return APIClient().get("/api/v1/listings/", headers=forged).status_code

    assert [ask(f"10.0.0.{number}") for number in range(3)] == answers
    if proxies:
        seen = [ask(f"10.9.9.{number}, 10.1.1.1") for number in range(3)]
        assert seen == [200, 200, 429]


def test_sign_in_limit_counts_by_the_real_address(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}

    def try_as(number: int) -> int:
        forged = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}"}
        form = {"login": f"user{number}@example.org", "password": "wrong"}
        return Client().post("/accounts/login/", form, headers=forged).status_code

    assert [try_as(number) for number in range(5)] == [200, 200, 200, 429, 429]


def test_claim_of_https_is_believed_from_a_proxy_in_production_only(client: Client) -> None:
    answer = client.get("/", headers={"X-Forwarded-Proto": "https"})

    assert answer.wsgi_request.is_secure() is False
