"""Requests that another site makes a browser send: on every page of the URL map."""

import pytest
from django.test import Client

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


def pages(asker: Asker) -> list[tuple[Route, str]]:
    """Every page outside the administration, with an address that an owner may ask for."""
    rules = rules_by_route()
    found = []
    for route in all_routes():
        if route.is_api or route.name.startswith("admin:"):
            continue
        listed = rules.get(route.name) or rules[f"{route.name}/post"]
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
