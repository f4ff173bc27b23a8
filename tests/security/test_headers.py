"""What answers say to the browser. All routes of the URL map are asked in `test_who_may.py`."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from tests.factories import PASSWORD, MailboxMessageFactory, MemberFactory, UserFactory
from tests.security.headers import HEADERS, missing_in

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'; script-src 'self' 'nonce-abc'"
)


@pytest.mark.parametrize(
    ("body", "headers", "found"),
    [
        ("<script nonce=abc>1</script><script src=/static/x.js></script>", {}, []),
        ("<script>1</script>", {}, ["<script> without the nonce"]),
        ("<script src=//evil.example/x.js></script>", {}, ["<script> without the nonce"]),
        ("<style>p {}</style>", {}, ["<style> without the nonce"]),
        ("<p style='color: red'>", {}, ["<p style>"]),
        ("<img onerror=x>", {}, ["<img onerror>"]),
        ("<a href=' JavaScript:x'>", {}, ["<a href= JavaScript:x>"]),
        ("<p>Django/5.2</p>", {}, ["says 'Django/5'"]),
        ("", {"Server": "gunicorn"}, ["Server"]),
        ("", {"Referrer-Policy": "unsafe-url"}, ["Referrer-Policy"]),
        ("", {"Cache-Control": "private"}, ["may be kept: 'private'"]),
        ("", {"Content-Security-Policy": f"{POLICY} *"}, ["policy: 'self' 'nonce-abc' *"]),
    ],
)
def test_answer_that_a_browser_should_not_get_is_noticed(
    body: str, headers: dict[str, str], found: list[str]
) -> None:
    right = {**HEADERS, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}

    response = HttpResponse(body, headers={**right, **headers})

    assert missing_in("", response, signed_in=True) == found


def test_pages_of_visitors_carry_the_headers(client: Client) -> None:
    for address in ("/", "/accounts/login/", "/search/", "/api/docs/", "/admin/login/", "/x/"):
        response = client.get(address)

        assert missing_in("", response, signed_in=False) == [], address


def test_administration_carries_the_headers(client: Client) -> None:
    user = UserFactory(superuser=True)
    client.force_login(user)

    for part in ("", "accounts/user/", f"accounts/user/{user.pk}/change/"):
        response = client.get(f"/admin/{part}")

        assert (response.status_code, missing_in("", response, signed_in=True)) == (200, []), part


def test_page_of_who_is_signed_in_stays_in_no_cache(client: Client) -> None:
    client.force_login(MemberFactory().user)

    for address in ("/", "/preferences/", "/api/v1/users/me/", "/search/?q=x", "/nowhere/"):
        assert client.get(address)["Cache-Control"] == "private, no-store", address


def test_cookies_reach_no_script_and_no_other_site(client: Client) -> None:
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": UserFactory().email, "password": PASSWORD})

    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["domain"] == ""  # a browser takes __Host- only without one


def test_letter_of_the_mailbox_is_shown_in_a_sandbox_of_ours_only(client: Client) -> None:
    response = client.get(f"/mailbox/{MailboxMessageFactory().pk}/html/")

    said = response["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "script-src 'none'", "frame-ancestors 'self'"} <= set(said)
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in said
