"""Signing up, in and out: what it asks, what it gives away, and when it ends."""

import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts.models import Delivery, User
from accounts.services import suspend_user
from accounts.services.delivery import deliver_due
from tests.factories import PASSWORD, ApiTokenFactory, UserFactory

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "name": "Wang Fang",
    "email": "wang@example.org",
    "password1": "a long and unusual phrase",
    "password2": "a long and unusual phrase",
    "language": "zh-hans",
}


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post("/accounts/login/", {"login": email, "password": password, **more})


def path_in(text: str, part: str) -> str:
    """The path of the first link of this site that contains ``part``."""
    found = re.search(rf"http://127\.0\.0\.1:8000(/\S*{part}\S*)", text)
    assert found is not None, text
    return found[1]


def test_sign_up_confirms_by_email_and_remembers_the_language(client):
    response = client.post("/accounts/signup/", SIGN_UP)

    assert response["Location"] == "/accounts/confirm-email/"
    user = User.objects.get()
    assert (user.name, user.language) == ("Wang Fang", "zh-hans")
    assert mail.outbox == []  # the request does not speak to the mail server
    deliver_due()
    [message] = mail.outbox
    path = path_in(str(message.body), "confirm-email")
    client.post(path)
    signed_in = sign_in(client, "wang@example.org", "a long and unusual phrase")
    assert signed_in["Location"] == "/"
    assert client.cookies["django_language"].value == "zh-hans"
    assert '<html lang="zh-Hans">' in client.get("/preferences/").text


def test_letters_of_sign_in_name_the_site_and_have_the_frame_of_all_letters(client, settings):
    settings.SITE_NAME = "Linjiang Transfer"
    host = settings.SITE_URL.partition("://")[2]
    client.post(
        "/accounts/signup/",
        {**SIGN_UP, "language": "en", "name": "<b>See http://evil.example/x</b>"},
    )
    deliver_due()
    [message] = mail.outbox
    text, html = str(message.body), str(message.alternatives[0][0])

    assert text.count("Linjiang Transfer") == 2  # whose account it is, and who writes
    assert host not in re.sub(rf"http://{re.escape(host)}\S*", "", text)
    address = "http://" + host + path_in(text, "confirm-email")
    assert f'<a href="{address}">{address}</a>' in html
    assert html.count('lang="en"') == 1
    assert "&lt;b&gt;See http://evil.example/x&lt;/b&gt;" in html  # a name, not a link


def test_sign_up_with_a_known_address_looks_the_same(client):
    UserFactory(email="wang@example.org", language="en")

    known = client.post("/accounts/signup/", SIGN_UP)
    unknown = Client().post("/accounts/signup/", {**SIGN_UP, "email": "new@example.org"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert User.objects.filter(email="wang@example.org").count() == 1
    assert Delivery.objects.filter(address="wang@example.org").count() == 1


def test_reset_for_an_unknown_address_looks_the_same(client):
    UserFactory(email="known@example.org")

    answers = [
        client.post("/accounts/password/reset/", {"email": email})
        for email in ("known@example.org", "unknown@example.org")
    ]

    assert len({(answer.status_code, answer["Location"]) for answer in answers}) == 1


def test_sign_in_wrong_says_the_same_for_known_and_unknown(client):
    UserFactory(email="known@example.org")

    known = sign_in(client, "known@example.org", "wrong")
    unknown = sign_in(client, "unknown@example.org", "wrong")

    def errors(response):
        return response.context["form"].errors

    assert errors(known) == errors(unknown) != {}


def test_reset_letter_never_names_the_host_of_the_request(client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    UserFactory(email="known@example.org")

    client.post(
        "/accounts/password/reset/",
        {"email": "known@example.org"},
        headers={"host": "evil.example"},
    )
    deliver_due()

    [message] = mail.outbox
    assert "evil.example" not in str(message.body)
    path = path_in(str(message.body), "password/reset/key")
    assert client.get(path).status_code == 302


def test_reset_signs_out_everywhere_and_does_not_skip_the_second_factor(client):
    user = UserFactory(email="known@example.org")
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DPEHPK3PXP"}
    )
    elsewhere = Client()
    elsewhere.force_login(user)
    client.post("/accounts/password/reset/", {"email": "known@example.org"})
    deliver_due()
    start = client.get(path_in(str(mail.outbox[0].body), "password/reset/key"))

    new = {"password1": "another unusual phrase", "password2": "another unusual phrase"}
    client.post(start["Location"], new)

    assert elsewhere.get("/preferences/").status_code == 302
    assert client.get("/preferences/").status_code == 302
    asked = sign_in(client, "known@example.org", "another unusual phrase")["Location"]
    assert asked.startswith("/accounts/2fa/authenticate/")
    assert "or one of your recovery codes" in client.get(asked).text


def test_sign_in_ignores_the_case_of_the_address(client):
    UserFactory(email="known@example.org")

    assert sign_in(client, "Known@Example.ORG").status_code == 302


def test_sign_in_changes_the_session_key(client):
    user = UserFactory()
    client.get("/accounts/login/")
    session = client.session
    session["something"] = "kept by a visitor"
    session.save()
    before = session.session_key

    sign_in(client, user.email)

    assert client.session.session_key != before


def test_sign_in_never_leads_off_the_site(client):
    for wanted in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"):
        user = UserFactory()
        response = sign_in(Client(), user.email, next=wanted)
        assert response["Location"] == "/", wanted


def test_sign_in_many_failures_are_refused(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "3/5m/key"}
    user = UserFactory()

    texts = [sign_in(client, user.email, "wrong").text for _number in range(4)]
    locked = sign_in(client, user.email)

    assert locked.status_code != 302
    assert texts[0] != texts[3]


@pytest.mark.parametrize("path", ["/preferences/", "/api/v1/users/me/"])
def test_suspended_user_is_out_at_once(client, path):
    user = UserFactory()
    sign_in(client, user.email)
    assert client.get(path).status_code == 200

    suspend_user(user, by=UserFactory(superuser=True))

    assert client.get(path).status_code in (302, 401)
    assert Session.objects.filter(session_key=client.cookies["sessionid"].value).count() == 0
    assert "/accounts/inactive/" in sign_in(Client(), user.email)["Location"]


def test_suspended_users_token_is_refused(api):
    token = ApiTokenFactory(secret="tr_secret")
    headers = {"authorization": "Bearer tr_secret"}
    assert api.get("/api/v1/users/me/", headers=headers).status_code == 200

    suspend_user(token.user, by=UserFactory(superuser=True))

    assert api.get("/api/v1/users/me/", headers=headers).status_code == 401


def test_session_older_than_it_may_be_ends(client, settings):
    user = UserFactory()
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        sign_in(client, user.email)
        half = settings.SESSION_COOKIE_AGE * 0.6
        clock.shift(half)
        assert client.get("/preferences/").status_code == 200
        session = client.session
        session["used"] = True  # a session that is used is kept alive by Django
        session.save()
        clock.shift(half)
        assert client.get("/preferences/").status_code == 302


@pytest.mark.parametrize("trait", ["curator", "moderator", "superuser"])
def test_administrator_without_second_factor_must_set_it_up_first(client, settings, trait):
    settings.SECOND_FACTOR_REQUIRED = True
    user = UserFactory(**{trait: True})
    sign_in(client, user.email)

    for path in ("/preferences/", "/organisations/queue/", "/admin/", "/"):
        assert client.get(path)["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/api/v1/users/me/").status_code == 403
    asked = client.get("/accounts/2fa/totp/activate/")["Location"]
    done = client.post(asked, {"password": PASSWORD})
    assert done["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_administrator_with_second_factor_works_as_ever(client, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = UserFactory(moderator=True)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client.force_login(user)

    assert client.get("/organisations/queue/").status_code == 200


def test_other_users_need_no_second_factor(client, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client.force_login(UserFactory())

    assert client.get("/preferences/").status_code == 200


def test_administrators_token_without_second_factor_is_refused(api, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    ApiTokenFactory(secret="tr_secret", user__moderator=True)

    response = api.get("/api/v1/users/me/", headers={"authorization": "Bearer tr_secret"})

    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "second_factor"


def test_page_shows_times_in_the_users_time_zone(client):
    from tests.factories import NotificationFactory

    user = UserFactory(time_zone="Asia/Tokyo")
    NotificationFactory(recipient=user, created_at="2026-03-01T20:30:00Z")
    client.force_login(user)

    assert "2026-03-02T05:30:00+09:00" in client.get("/notifications/").text


def test_sign_in_hashes_as_often_for_unknown_addresses(client, settings, monkeypatch):
    """A hash is nearly all of what a sign-in takes, so equal work tells nobody who is here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    user = UserFactory()
    rounds = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self, password, salt, iterations=None):
        rounds.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)

    sign_in(client, user.email, "wrong")
    known = rounds.copy()
    rounds.clear()
    sign_in(client, "nobody@example.org", "wrong")

    assert known == rounds == [PBKDF2PasswordHasher.iterations]
