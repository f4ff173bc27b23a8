"""How many queries lists and details take, through both doors: few, and as many at any size."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.throttling import SimpleRateThrottle

from matching import facet_table, public_table
from tests import factories as make
from tests.security.asking import Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import TOKEN, World, make_world

pytestmark = pytest.mark.django_db

LIST, DETAIL = 12, 8  # of a list for whoever asks; of a detail for visitors
ROLES = ("anonymous", "owner")
# Besides the rows these tell a member what else is theirs to see and do.
MORE = {
    ("api:achievement-list", "owner"): 15,
    ("api:demand-list", "owner"): 13,
    ("api:expert-list", "owner"): 13,
}
NO_CHANGES = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One object of every kind; nobody is throttled, and no page is kept for visitors."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    monkeypatch.setattr(facet_table, "_LOOK", 3600.0)  # nor is anything looked at by the clock
    monkeypatch.setattr(public_table, "PERIOD", 3600.0)
    return make_world()


def grow(world: World) -> None:
    """Several more of what lists show."""
    home = world.objects["home"]
    for _place in range(2):
        work = make.AchievementFactory(organisation=home)
        make.IPRightFactory(achievement=work)
        make.AchievementFactory(organisation=home, state="draft")
        make.DemandFactory(organisation=home)
        make.ExpertFactory(organisation=None)
        make.OrganisationFactory()
        make.MemberFactory(organisation=home)
        make.NotificationFactory(recipient=world.users["owner"])
        make.AttachmentFactory(listing=world.objects["achievement"])


def queries(asker: Asker, route: Route, address: str, role: str) -> list[str]:
    """The statements of the last of these answers: what a process keeps is there from the first
    one on. None where there is no such page."""
    client: Client = asker._client(role)
    headers = {}
    if route.is_api and role in asker.world.users:
        headers["Authorization"] = f"Bearer {TOKEN.format(role=role)}"
    for _time in range(2):
        with CaptureQueriesContext(connection) as found:
            response = client.get(address, headers=headers)
    if response.status_code != 200:  # it leads elsewhere, or is not for this role to see
        return []
    return [one["sql"] for one in found if not one["sql"].startswith(NO_CHANGES)]


def reads(kind: str) -> list[tuple[Route, str, str]]:
    """Route, object's key and role of each list, or each detail, that the role may read."""
    rules: dict[str, list[tuple[Any, str]]] = rules_by_route()
    found = []
    for route in all_routes():
        name = route.name.rpartition(":")[2].replace("-", "_")
        wanted = name.endswith("_list") or name == "search"
        if kind == "detail":
            wanted = name.endswith("_detail")
        if "get" not in route.verbs or not wanted or (kind == "list" and route.parts):
            continue
        for who, keys in rules.get(f"{route.name}/get") or rules.get(route.name) or []:
            found += [(route, key, role) for key in [keys] for role in ROLES if role in who]
    return found


def test_lists_take_few_queries_and_as_many_with_more_rows(world: World) -> None:
    asker = Asker(world)
    lists = reads("list")
    before = {(r.name, role): queries(asker, r, r.address, role) for r, _key, role in lists}
    grow(world)
    after = {(r.name, role): queries(asker, r, r.address, role) for r, _key, role in lists}

    assert sum(map(bool, before.values())) > 40
    grown = {key: (len(before[key]), len(sql)) for key, sql in after.items()}
    assert {key: both for key, both in grown.items() if both[1] > both[0]} == {}
    assert {key: len(sql) for key, sql in after.items() if len(sql) > MORE.get(key, LIST)} == {}


def test_details_take_few_queries(world: World) -> None:
    asker = Asker(world)
    taken = {}
    for route, key, role in reads("detail"):
        if role == "anonymous":
            for address, _gone in asker.addresses(route, key)[:1]:
                taken[address] = len(queries(asker, route, address, role))

    assert sum(map(bool, taken.values())) > 10
    assert {address: number for address, number in taken.items() if number > DETAIL} == {}
