"""Requests that another site makes a browser send: on every page of the URL map."""

import pytest
from django.test import Client
from django.urls import resolve
from rest_framework.settings import api_settings

from tests.security.asking import Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import make_world

pytestmark = pytest.mark.django_db

OPEN = {
    "accounts:unsubscribe",  # mail programs send it (RFC 8058); the link's token is proof
    "set_language",  # of this browser only; pages kept for all visitors hold no token
}


@pytest.fixture
def asker() -> Asker:
    """Somebody to ask."""
    return Asker(make_world())


def pages(asker: Asker, *, api: bool = False) -> list[tuple[Route, str]]:
    """Every page outside the administration, or every route of the API, with an address."""
    rules = rules_by_route()
    found = []
    for route in all_routes():
        if route.is_api != api or route.name.startswith("admin:"):
            continue
        named = (route.name, *(f"{route.name}/{verb}" for verb in ("post", *route.verbs)))
        listed = next(rules[name] for name in named if name in rules)
        key = next(key for _who, key in listed)
        found += [(route, address) for address, _gone in asker.addresses(route, key)]
    return found


def test_every_page_refuses_a_form_without_a_token(asker: Asker) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(asker.world.users["owner"])

    open_to_forgery = [
        address
        for route, address in pages(asker)
        if route.name not in OPEN
        and client.post(address, {"title_en": "A title"}).status_code not in (403, 405)
    ]

    assert open_to_forgery == []


def test_only_these_pages_go_without_a_token(asker: Asker) -> None:
    """What a curator's page leaves out, an owner's request would not show: it is refused anyway."""
    exempt = {
        route.name
        for route, address in pages(asker)
        if getattr(resolve(address).func, "csrf_exempt", False)
        and not hasattr(resolve(address).func, "cls")
    }

    assert exempt == OPEN


def test_every_operation_asks_for_the_token_of_a_session(asker: Asker) -> None:
    views = {
        route.name: resolve(address).func.cls  # type: ignore[attr-defined]
        for route, address in pages(asker, api=True)
    }
    classes = list(api_settings.DEFAULT_AUTHENTICATION_CLASSES)

    assert [name for name, view in views.items() if view.authentication_classes != classes] == []
    assert len(views) > 100
    assert classes[-1].enforce_csrf.__module__ == "rest_framework.authentication"
