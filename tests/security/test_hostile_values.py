"""Values that no form asks for, in every field of every page and every operation that writes.

All fields of one request get the same kind of value. In a plain run each route is sent texts of
10,000 characters and every second one another kind, each its own; with HOSTILE in the environment
each route is sent every kind (`make attacks`). An answer is never an error of ours, and refusals
name each field.
"""

import json
import logging
import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from django.core.cache import cache
from django.db import transaction
from django.template.base import Template
from rest_framework.throttling import SimpleRateThrottle

from tests.security.asking import FILES, Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import ROLES, make_world

pytestmark = pytest.mark.django_db

FULL = "HOSTILE" in os.environ
OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
FORM = "application/x-www-form-urlencoded"
LONG = "长" * 10_000
KINDS: dict[str, Any] = {
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "number": 10**400,
    "not a number": float("nan"),
    "infinite": float("-inf"),
    "object": {"a": {"b": [None]}},
    "list": [[["\u202e"]], {}, 10**30],
    "text of signs": "\u202e\u200d\ufeff𠀀\U0010ffff'\"<%{{",
    "nothing": None,
    "negative": -(10**20),
    "list of many": ["x"] * 5_000,
}


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Somebody to ask, never throttled, without keeping what is shown for inspection."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    return Asker(make_world())


def kinds(turn: int) -> list[str]:
    """The kinds of value that a route is sent besides long texts; half of the routes none."""
    names = list(KINDS)
    return names if FULL else names[turn % (2 * len(names)) :][:1]


def writing(*, api: bool) -> Iterator[tuple[Route, str, str, str]]:
    """Each route and verb that writes, somebody who may, and the object's key."""
    rules = rules_by_route()
    for route in all_routes():
        if route.name.startswith("admin:") or route.is_api != api:
            continue
        for verb in set(route.verbs) & {"post", "patch", "put"}:
            for who, key in (rules.get(f"{route.name}/{verb}") or rules[route.name])[:1]:
                role = next((each for each in reversed(ROLES[:-1]) if each in who), "")
                if role:
                    yield route, verb, role, key


def fields_by_operation() -> dict[str, dict[str, dict[str, Any]]]:
    """``post /api/v1/x/{}/`` and the properties of its body, as the schema has them."""
    schema = yaml.load(OPENAPI.read_text("utf-8"), Loader=yaml.CSafeLoader)
    found = {}
    for path, operations in schema["paths"].items():
        for verb, operation in operations.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            name = body["schema"].get("$ref", "").rpartition("/")[2]
            shape = schema["components"]["schemas"].get(name, body["schema"])
            key = f"{verb} {re.sub(r'{[^}]*}', '{}', path)}"
            found[key] = shape.get("properties", {})
    return found


def unnamed(answer: str, fields: dict[str, dict[str, Any]]) -> set[str]:
    """Of the texts with a length that is too short for it, those that a refusal leaves out."""
    named = {str(error["attr"]).split(".")[0] for error in json.loads(answer)["errors"]}
    short = {name for name, field in fields.items() if field.get("maxLength", 10**9) < len(LONG)}
    return short - named


def test_every_operation_refuses_hostile_values_and_names_them(asker: Asker) -> None:
    fields_of, problems, turn = fields_by_operation(), [], 0
    for route, verb, role, key in writing(api=True):
        address = asker.addresses(route, key)[0][0]
        fields = fields_of.get(f"{verb} {re.sub(r'{[^}]*}', '{}', route.address)}", {})
        if not fields or route.name in FILES:
            continue
        turn += 1
        for kind in ["long", *kinds(turn)]:
            value = KINDS.get(kind, LONG)
            sent = json.dumps(dict.fromkeys(fields, value))
            data = {"data": sent, "content_type": "application/json"}
            answer = asker.ask(route, verb, role, address, data)
            if answer.status >= 500 or (kind == "long" and answer.status == 403):
                problems.append(f"{verb} {address} ({role}), {kind}: {answer.status}")
            elif kind == "long" and answer.status == 400 and unnamed(answer.body, fields):
                problems.append(f"{verb} {address}: unnamed {unnamed(answer.body, fields)}")
        cache.clear()

    assert not problems, "\n".join(problems)
    assert turn > 40


class Fields(HTMLParser):
    """Names of what the forms of a page that are sent by POST ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the name of a field within such a form."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = given.get("method", "").lower() == "post"
        kept = {"csrfmiddlewaretoken", "form_key", "next", "language"}
        if self.inside and tag in {"input", "textarea", "select"} and given.get("name"):
            self.names |= {given["name"]} - kept


def test_every_form_refuses_hostile_values(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Template, "_render", lambda self, context: self.nodelist.render(context))
    problems, turn = [], 0
    for route, verb, role, key in writing(api=False):
        if "account" in route.name or route.name.startswith(("mfa", "usersessions", "set_")):
            continue
        for address, _gone in asker.addresses(route, key)[:1]:
            client = asker._client(role)
            page = client.get(address)
            reader = Fields()
            if page.status_code == 200 and not page.streaming:
                reader.feed(page.text)
            if not reader.names:
                continue
            turn += 1
            for kind in ["long", *kinds(turn)]:
                value = KINDS.get(kind, LONG)
                text = value if isinstance(value, str) else str(value)[:500]
                sent = dict.fromkeys(reader.names, text.encode("utf-8", "surrogatepass"))
                saved = transaction.savepoint()
                answer = getattr(client, verb)(address, urlencode(sent), FORM)
                transaction.savepoint_rollback(saved)
                transaction.set_rollback(False)
                if answer.status_code >= 500:
                    problems.append(f"{address} ({route.name}, {role}), {kind}")

    assert not problems, "\n".join(problems)
    assert turn > 25
