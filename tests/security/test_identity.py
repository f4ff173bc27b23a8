"""One name, one address, one thing: however its letters are written; and bodies without end."""

import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Delivery, Organisation, User
from accounts.services import create_organisation
from accounts.services.delivery import deliver_due
from accounts.services.members import invite_member
from accounts.text import clean_line, plain_address
from tests.factories import PASSWORD, ApiTokenFactory, MemberFactory, UserFactory

pytestmark = pytest.mark.django_db

SIGN_UP = {
    "name": "A",
    "language": "en",
    "password1": "a long and unusual phrase",
    "password2": "a long and unusual phrase",
}


def sign_up(email: str) -> int:
    """Try it; how many accounts there are then."""
    Client().post("/accounts/signup/", {**SIGN_UP, "email": email})
    return User.objects.count()


def test_address_in_other_letters_of_the_same_domain_makes_no_second_account() -> None:
    assert sign_up("ming@example.org") == 1

    for same in ("MING@EXAMPLE.ORG", " ming@example.org ", "ming@ｅｘａｍｐｌｅ.org"):
        assert sign_up(same) == 1, same


@pytest.mark.parametrize("alike", ["ming@exаmple.org", "ming@examρle.org", "mıng@example.org"])
def test_address_that_only_looks_alike_is_another_one(alike: str) -> None:
    user = UserFactory(email="ming@example.org")

    Client().post("/accounts/login/", {"login": alike, "password": PASSWORD})
    Client().post("/accounts/password/reset/", {"email": alike})
    deliver_due()

    assert not Delivery.objects.filter(address=user.email).exists()
    assert all("password/reset/key" not in str(letter.body) for letter in mail.outbox)


def test_invitation_to_another_writing_of_an_address_replaces_the_first() -> None:
    owner = MemberFactory(role="owner")
    for email in ("guest@example.org", "Guest@Ｅxample.org"):
        invite_member(owner.organisation, by=owner.user, email=email, role="viewer")

    assert [row.email for row in owner.organisation.invitations.all()] == ["guest@example.org"]


def test_name_is_kept_the_same_however_it_was_composed() -> None:
    names = ["Universit\u00e9 de Caf\u00e9", "Universite\u0301 de Cafe\u0301"]
    made = [
        create_organisation(by=UserFactory(), kind="university", name_en=name, name_zh="")
        for name in names
    ]

    assert made[0].name_en == made[1].name_en == names[0]
    assert made[0].slug != made[1].slug
    assert Organisation.objects.filter(name_en=names[0]).count() == 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("A\r\nBcc: b@example.org", "A Bcc: b@example.org"),
        ("A\u202eevil\u2066 name\ufeff", "Aevil name"),
        ("  王\u3000小明 \t", "王 小明"),
        ("A\ud800B\x00\x1b[31m", "AB[31m"),
        ("👩\u200d🔬 𠀀", "👩\u200d🔬 𠀀"),
    ],
)
def test_name_is_kept_on_one_line_without_what_nobody_sees(given: str, kept: str) -> None:
    user = UserFactory()
    user.name = given
    user.full_clean()

    assert (user.name, clean_line(kept)) == (kept, kept)


def test_address_is_kept_in_one_shape() -> None:
    assert plain_address(" A@Ｂ.example ") == "a@b.example"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 10_000 + "]" * 10_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        "[" * 200_000,
        '{"name": NaN}',
        '{"name": Infinity}',
        '{"name": ' + "9" * 5_000 + "}",
        '{"name": "\\ud800"}',
        '"' + "x" * 1_000_000,
        '{"name": "a", "name": ["b"]}',
        "\ufeff{}",
        "null",
        "[]",
    ],
    ids=str.__len__,
)
def test_body_that_is_no_plain_json_is_refused(body: str) -> None:
    user = UserFactory(name="Kept")
    ApiTokenFactory(user=user, secret="tr_secret")
    api = APIClient(headers={"Authorization": "Bearer tr_secret"})

    answer: Any = api.patch("/api/v1/users/me/", body, content_type="application/json")

    user.refresh_from_db()
    assert (answer.status_code, user.name) == (400, "Kept")
    assert json.loads(answer.content)["errors"]


def test_body_beyond_the_limit_is_refused(client: Client) -> None:
    """More than 5 MB, or more than 1,000 fields, is not read to the end."""
    for body in ("a=" + "x" * 6_000_000, "&".join(["a=1"] * 5_000)):
        kind = "application/x-www-form-urlencoded"

        assert client.post("/accounts/login/", body, content_type=kind).status_code == 400


MANY = "a&" * 1_000


@pytest.mark.parametrize("signed_in", ["by token", "by session", "not"])
def test_more_than_is_read_is_refused_by_the_api_as_by_pages(signed_in: str) -> None:
    """A query, a form, a text in a body: all may hold too many fields, or too much."""
    user = MemberFactory(role="owner").user
    ApiTokenFactory(user=user, secret="tr_secret")
    token = {"Authorization": "Bearer tr_secret"} if signed_in == "by token" else {}
    client = Client(headers=token, raise_request_exception=False)
    if signed_in == "by session":
        client.force_login(user)
    form, path = "application/x-www-form-urlencoded", "/api/v1/saved-searches/"
    kept = "/api/v1/portfolio-views/"

    asked = [
        client.get(f"/search/?{MANY}"),
        client.get(f"/api/v1/search/?{MANY}"),
        client.get(f"/api/v1/listings/?{MANY}"),
    ]
    sent = [
        client.post(kept, {"name": "A name", "query": MANY}, content_type="application/json"),
        client.post(path, MANY * 3, content_type=form),
        client.post(path, {f"a{number}": "1" for number in range(1_500)}),
        client.post(path, MANY * 3, content_type=form, headers={"Idempotency-Key": "a-key-123"}),
        client.post(
            path,
            '{"name": "' + "x" * 6_000_000,
            content_type="application/json",
            headers={"Idempotency-Key": "a-key-123"},
        ),
    ]

    assert [answer.status_code for answer in asked] == [400] * 3
    refused = 401 if signed_in == "not" else 400
    assert [answer.status_code for answer in sent] == [refused] * 5
    assert asked[1].json()["errors"][0]["code"] == "parse_error"
