"""Addresses that others choose: none of them leads off the site, whoever says where to go next."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from accounts.views.base import own_address
from tests.factories import PASSWORD, NotificationFactory, UserFactory
from tests.security.asking import Asker
from tests.security.routes import all_routes
from tests.security.world import make_world

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("accounts", "achievements", "matching", "deals", "transfer")
HERE = "http://testserver/matches/"
ELSEWHERE = (
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http://evil.example",
    "HtTpS://evil.example",
    "https://testserver@evil.example",
    "https://testserver.evil.example",
    "http://testserver:99999/",
    "http://[::1",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "\u00a0//evil.example",
    "／／evil.example",
    "//evil。example",
    "//" + "a" * 5000,
)
BREAKING = ("/matches/\r\nSet-Cookie: a=b", "/matches/%0d%0aSet-Cookie:%20a=b", "/%2fevil.example")

# What of ours asks where to go on, and the pages that it answers; a test holds that there is
# nothing else.
ASKING = {
    "accounts/middleware.py": (),  # back to the form that was sent twice
    "accounts/views/notifications.py": ("accounts:notification_read",),
    "accounts/views/organisations.py": ("accounts:organisation_switch",),
    "accounts/views/verification.py": ("accounts:organisation_verify",),
    "matching/views/answering.py": ("matching:match_decide",),
    "matching/views/shortlist.py": (
        "matching:shortlist_note",
        "matching:shortlist_remove",
        "matching:listing_shortlist",
    ),
}
OF_OTHERS = ("account_logout", "account_reauthenticate", "set_language")
TOLD = (*(name for names in ASKING.values() for name in names), *OF_OTHERS)


def off_site(target: str) -> bool:
    """Whether a browser on one of our pages would leave for somewhere else."""
    if any(letter in target for letter in "\r\n"):
        return True
    read = re.sub(r"[\t\r\n]", "", target.strip()).replace("\\", "/")  # as browsers do
    there = urlsplit(urljoin(HERE, read))
    return (there.scheme, there.netloc) != ("http", "testserver")


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_address_elsewhere_is_no_address_of_ours(wanted: str) -> None:
    request = RequestFactory().get("/")

    kept = own_address(request, wanted)

    assert kept == "" or not off_site(kept), wanted


def test_only_one_function_reads_where_to_go_next() -> None:
    asked = re.compile(r"""(?:GET|POST|data|query_params)(?:\.get\(|\[)["']next["']""")
    found = [
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if asked.search(path.read_text("utf-8"))
    ]

    assert found == ["accounts/views/base.py"]


def test_all_that_asks_where_to_go_next_is_known_here() -> None:
    asks = re.compile(r"\b(?:safe_next|own_address)\(")
    found = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if asks.search(path.read_text("utf-8"))
    }

    assert found - {"accounts/views/base.py"} == set(ASKING)


def told(asker: Asker) -> Iterator[tuple[str, Client, str]]:
    """Each page that is told where to go on, with somebody who may use it."""
    people = {"verify": "superuser"}
    keys = {
        "accounts:notification_read": "notification",
        "accounts:organisation_verify": "waiting",
        "matching:match_decide": "match",
        "matching:shortlist_note": "shortlisted",
        "matching:shortlist_remove": "shortlisted",
        "matching:listing_shortlist": "achievement",
    }
    routes = {route.name: route for route in all_routes()}
    for name in TOLD:
        role = people.get(name.rpartition("_")[2], "owner")
        for address, _gone in asker.addresses(routes[name], keys.get(name, "")):
            client = Client()
            client.force_login(asker.world.users[role])
            yield name, client, address


@pytest.mark.django_db
def test_no_page_leads_off_the_site() -> None:
    asker = Asker(make_world())
    led, problems, number = set(), [], 0
    for name, client, address in told(asker):
        for wanted in (ELSEWHERE[number % len(ELSEWHERE)], "//evil.example", *BREAKING[:2]):
            number += 1
            data: dict[str, Any] = {"next": wanted, "password": PASSWORD, "language": "en"}
            headers = {"HX-Request": "true"} if number % 2 else {}
            headers |= {"Referer": wanted.splitlines()[0] or "/"}
            saved = transaction.savepoint()
            response = client.post(address, data, headers=headers)
            transaction.savepoint_rollback(saved)
            for header in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url"):
                if header in response:
                    led.add(name)
                    if off_site(response[header]):
                        problems.append(f"{address}: {header} {response[header]} for {wanted!r}")
            if "Set-Cookie" in response or response.status_code >= 500:
                problems.append(f"{address}: {response.status_code} for {wanted!r}")

    assert problems == []
    assert led == set(TOLD)


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", [*ELSEWHERE[::4], *BREAKING])
def test_signing_in_and_up_never_leads_off_the_site(wanted: str) -> None:
    user = UserFactory()
    here = Client()
    here.force_login(user)
    login = {"login": user.email, "password": PASSWORD, "next": wanted}

    answers = [
        Client().post("/accounts/login/", login),
        here.get("/accounts/login/", {"next": wanted}),
        here.get("/accounts/signup/", {"next": wanted}),
        here.get("/admin/login/", {"next": wanted}),
        Client().post("/i18n/setlang/", {"language": "zh-hans", "next": wanted}),
    ]

    assert [answer.status_code < 500 for answer in answers] == [True] * 5
    assert [off_site(answer.get("Location", "/")) for answer in answers] == [False] * 5


@pytest.mark.django_db
def test_notification_never_leads_off_the_site(client: Client) -> None:
    user = UserFactory()
    client.force_login(user)

    for path in ("//evil.example/", "/\\evil.example", "/\t/evil.example", "https:evil.example"):
        row = NotificationFactory(recipient=user, path=path)
        assert not off_site(client.get(f"/notifications/{row.pk}/")["Location"]), path


def test_off_site_knows_what_browsers_do() -> None:
    assert not off_site("/matches/?next=//evil.example")
    assert all(
        off_site(each) for each in ("//evil", "/\\evil", "/\t/evil", "javascript:x", "/\r\n")
    )
