"""Guessing at the doors: what a try costs, how many there are, and what the answer gives away."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.models import Delivery, User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

PHRASE = "a long and unusual phrase"
DEFAULTS: dict[str, str] = {}  # no rates of the tests' own: those that a site starts with


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was hashed, which is nearly all that a try costs."""
    seen: list[str] = []
    encode = MD5PasswordHasher.encode

    def noted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return seen


def sign_in(email: str, password: str, address: str = "10.0.0.1") -> Any:
    """One try from an address of the network."""
    form = {"login": email, "password": password}
    return Client(REMOTE_ADDR=address).post("/accounts/login/", form)


@pytest.mark.parametrize(
    "password", ["qwertyuiop", "1q2w3e4r5t", "password123", "administrator", "1234567890", "short"]
)
def test_password_that_many_people_use_is_refused(client: Client, password: str) -> None:
    sent = {"name": "A", "email": "new@example.org", "language": "en"}

    client.post("/accounts/signup/", {**sent, "password1": password, "password2": password})

    assert not User.objects.exists()


def test_password_like_the_address_is_refused(client: Client) -> None:
    sent = {"name": "A", "email": "wangxiaoming@example.org", "language": "en"}
    words = dict.fromkeys(("password1", "password2"), "wangxiaoming1")

    client.post("/accounts/signup/", {**sent, **words})

    assert not User.objects.exists()


def test_guessing_one_password_from_many_addresses_ends_after_five_tries(
    settings: Any, hashes: list[str]
) -> None:
    user = UserFactory()
    settings.ACCOUNT_RATE_LIMITS = DEFAULTS
    hashes.clear()

    for number in range(40):
        sign_in(user.email, f"guess {number}", address=f"10.0.1.{number}")
    right = sign_in(user.email, PASSWORD, address="10.0.2.1")

    assert len({word for word in hashes if word.startswith("guess")}) == 5
    assert right.status_code != 302


def test_trying_stolen_passwords_from_one_address_ends_after_ten_failures(
    settings: Any, hashes: list[str]
) -> None:
    settings.ACCOUNT_RATE_LIMITS = DEFAULTS
    user = UserFactory()
    hashes.clear()

    for number in range(40):
        sign_in(f"user{number}@elsewhere.example", f"stolen {number}")

    assert len({word for word in hashes if word.startswith("stolen")}) <= 10
    assert sign_in(user.email, PASSWORD).status_code != 302


def test_letters_for_resetting_a_password_are_few(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = DEFAULTS
    user = UserFactory()

    for number in range(12):
        Client(REMOTE_ADDR=f"10.0.3.{number}").post(
            "/accounts/password/reset/", {"email": user.email}
        )

    assert Delivery.objects.count() == 5


def answer(path: str, form: Callable[[str], dict[str, str]], email: str) -> tuple[Any, ...]:
    """All that somebody sees who sends the form, but for the address itself."""
    client = Client()
    response = client.post(path, form(email))
    target = response.get("Location", "")
    page = client.get(target).text if target else response.text
    page = re.sub(r'nonce="[^"]+"|value="[^"]+"', "", page.replace(email, "ADDRESS"))
    names = sorted(client.cookies)
    return response.status_code, target, page, names


def _sign_up(email: str) -> dict[str, str]:
    return {"name": "A", "email": email, "language": "en", "password1": PHRASE, "password2": PHRASE}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/accounts/login/", lambda email: {"login": email, "password": "wrong"}),
        ("/accounts/signup/", _sign_up),
        ("/accounts/password/reset/", lambda email: {"email": email}),
    ],
)
def test_answer_is_the_same_with_and_without_an_account(
    hashes: list[str], path: str, form: Callable[[str], dict[str, str]]
) -> None:
    UserFactory(email="known@example.org")
    hashes.clear()

    known = answer(path, form, "known@example.org")
    worked, sent = len(hashes), Delivery.objects.count()
    unknown = answer(path, form, "other@example.org")

    assert known == unknown
    assert len(hashes) == 2 * worked
    assert Delivery.objects.count() == 2 * sent
