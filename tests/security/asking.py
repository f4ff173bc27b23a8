"""Asking a route as somebody, in a transaction that is taken back, and reading the answer.

On the way, the headers of every answer to a GET are looked at.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http.cookie import SimpleCookie
from django.test import Client

from accounts.models import Organisation, Region
from matching.models import ScoringWeights
from tests.security.headers import missing_in
from tests.security.routes import Route
from tests.security.world import STRANGERS, TOKEN, World

MISSING = {"pk": 10**9, "listing_pk": 10**9, "slug": "nowhere", "version": 10**8, "code": "ZZ"}
MAIN = ("pk", "listing_pk", "slug", "version", "code")  # which part of an address names the object
VERBS = {
    "matching:match_decide": ("accept", "dismiss", "snooze", "undo", "reveal"),
    "matching:panel_act": ("approve", "anew", "close"),
    "matching:listing_shortlist": ("add", "remove"),
    "achievements:listing_transition": ("submit", "withdraw", "close", "renew", "reopen"),
}
_CHANGES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_SESSIONS = {"django_session", "usersessions_usersession"}  # which a client has, whoever it is
_VARYING = re.compile(
    r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"|next=[^"&]+|pk \\"\d+\\"'
)


@dataclass
class Answer:
    """What came back, and into which tables was written for it."""

    status: int
    target: str
    body: str
    written: list[str]

    @property
    def said(self) -> str:
        """``sign in``, ``no``, ``missing``, ``no such verb``, ``broken`` or ``yes``."""
        if self.status == 401 or self.target.startswith("/accounts/login/"):
            return "sign in"
        named = {403: "no", 404: "missing", 405: "no such verb"}
        return "broken" if self.status >= 500 else named.get(self.status, "yes")


class Asker:
    """Asks as any role: the pages with a session, the API with a token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clients: dict[str, Client] = {}
        self.cookies: dict[str, SimpleCookie] = {}
        self.asked = 0
        self.written_by_get: set[str] = set()  # how and into which tables
        self.headers: list[str] = []  # what answers left out or said wrongly to the browser

    def ask(self, route: Route, verb: str, role: str, address: str, data: Any) -> Answer:
        """One request; nothing of it stays."""
        self.asked += 1
        written: list[str] = []

        def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
            found = _CHANGES.match(sql)
            if found and found[2] not in _SESSIONS:
                written.append(f"{found[1]} {found[2]}")
            return execute(sql, *rest)

        client = self._client(role)
        headers: dict[str, str] = {"X-Request-ID": "the-same-every-time"}
        if route.is_api and role in self.world.users:
            headers["Authorization"] = f"Bearer {TOKEN.format(role=role)}"
        saved = transaction.savepoint()
        with connection.execute_wrapper(note):
            response = getattr(client, verb)(address, headers=headers, **data)
        transaction.savepoint_rollback(saved)
        transaction.set_rollback(False)  # a request that failed has asked for one
        if verb == "get":
            self.written_by_get |= set(written)
            found = missing_in(route.name, response, signed_in=role not in STRANGERS)
            self.headers += [f"{address} ({route.name}, {role}): {why}" for why in found]
        body = "" if response.streaming else response.content.decode(errors="replace")
        body = _VARYING.sub("", body.replace(address, "HERE"))
        target = response.headers.get("Location", "")
        return Answer(response.status_code, target, body, written)

    def _client(self, role: str) -> Client:
        """As it was after signing in: an earlier request may have signed out."""
        if role not in self.clients:
            client = Client(raise_request_exception=False)
            if role in self.world.users:
                client.force_login(self.world.users[role])
            self.clients[role], self.cookies[role] = client, client.cookies
        self.clients[role].cookies = SimpleCookie(self.cookies[role].output(header=""))
        return self.clients[role]

    def addresses(self, route: Route, key: str) -> list[tuple[str, str]]:
        """Addresses about the object, each with the same one about an object that is missing."""
        objects = self.world.objects
        fixed: dict[str, Any] = {
            "slug": "home",
            "number": 1,
            "document": objects["document"].pk,
            "reveal": objects["reveal"].pk,
            "reveal_pk": objects["reveal"].pk,
            "invitation": objects["letter"].pk,
            "conflict": objects["conflict"].pk,
            "merger": objects["merger"].pk,
            "other": objects["unclaimed"].pk,
            "kind": "achievement",
            "section": "listings",
            "form": "csv",
        }
        parts = {name: fixed.get(name, "x") for name in route.parts}
        gone = dict(parts)
        main = next((name for name in MAIN if name in parts), None)
        if main and key:
            parts[main], gone[main] = name_of(objects[key]), MISSING[main]
        filled = []
        for verb in VERBS.get(route.name, ("x",)):
            extra = {"verb": verb} if "verb" in parts else {}
            filled.append(
                (route.address.format(**parts | extra), route.address.format(**gone | extra))
            )
        return filled

    def data(self, route: Route, verb: str, key: str) -> dict[str, Any]:
        """What is sent: where the body names the object, that; else nothing."""
        if verb == "get":
            return {}
        body = self._bodies(key).get(f"{route.name}/{verb}", {})
        if not route.is_api or route.name in FILES:
            return {"data": body} if verb == "post" else {}
        return {"data": body, "content_type": "application/json"}

    def _bodies(self, key: str) -> dict[str, dict[str, Any]]:
        number = getattr(self.world.objects.get(key), "pk", MISSING["pk"])
        text = SimpleUploadedFile("rows.csv", b"title_en\nA title\n", "text/csv")
        words = {"subject": "A subject", "body": "Some words."}
        named = {"organisation": "home", "title_en": "A title"}
        told = {"organisation": "home", "title": "A title", "what": "What it is"}
        return {
            "api:achievement-list/post": named,
            "api:demand-list/post": named,
            "api:expert-list/post": named,
            "api:disclosure-list/post": {**told, "inventors": [{"name": "One", "share": 100}]},
            "api:invitation-list/post": {
                "organisation": "home",
                "email": "new@example.org",
                "role": "viewer",
            },
            "api:import-list/post": {"organisation": "home", "kind": "achievement", "file": text},
            "api:attachment-list/post": {"listing": number, "upload": text},
            "api:shortlist-list/post": {"listing": number, "organisation": "home", "note": ""},
            "api:introduction-list/post": {"listing": number, **words},
            "api:report-list/post": {"listing": number, "reason": "spam", "note": "Words."},
            "api:portfolio-view-list/post": {"organisation": "home", "name": "A name"},
            "api:match-preview-list/post": {"demand": number},
        }


FILES = {"api:import-list", "api:attachment-list", "api:organisation-logo"}
BODY_NAMES = {  # routes whose body names the object
    "api:attachment-list",
    "api:introduction-list",
    "api:match-preview-list",
    "api:report-list",
    "api:shortlist-list",
}


def name_of(obj: Any) -> Any:
    """What names an object in an address."""
    if isinstance(obj, Organisation):
        return obj.slug
    if isinstance(obj, ScoringWeights):
        return obj.version
    return obj.code if isinstance(obj, Region) else obj.pk
