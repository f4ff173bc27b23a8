"""How many queries lists and details take, through both doors: few, and as many at any size.

Counted is every statement of a request, also those that find out who asks: the session and its user
for a page; the token with its user, and no session, for the API.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.throttling import SimpleRateThrottle

from matching.facets import public_table
from matching.facets import table as facet_table
from tests import factories as make
from tests.security.asking import Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import ANYONE, ROLES, TOKEN, World, make_world

pytestmark = pytest.mark.django_db

LIST, DETAIL = 12, 8
LISTS_OF = ("anonymous", "owner")
LISTS_ALSO_OF = ("viewer", "expert", "curator", "moderator")
DETAILS_OF = tuple(role for role in ROLES if role != "suspended")
GROWN_FOR = ("owner", "other")
NO_CHANGES = ("SAVEPOINT", "RELEASE", "ROLLBACK")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One object of every kind; nobody is throttled, and no page is kept for visitors."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    monkeypatch.setattr(facet_table, "_LOOK", 3600.0)  # nor is anything looked at by the clock
    monkeypatch.setattr(public_table, "PERIOD", 3600.0)
    world = make_world()
    make.InventorFactory(
        achievement=world.objects["achievement"], expert=make.ExpertFactory(organisation=None)
    )
    return world


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
        make.EvidenceRowFactory(achievement=world.objects["achievement"])
        make.IPRightFactory(achievement=world.objects["achievement"])
        made_by = make.ExpertFactory(organisation=None)
        make.InventorFactory(achievement=world.objects["achievement"], expert=made_by)
        make.RequirementRowFactory(demand=world.objects["demand"])
        for key in ("achievement", "demand", "expert"):
            make.ReviewFactory(listing=world.objects[key], verdict="approved")
            make.AuditEventFactory(
                object_type="achievements.listing", object_id=world.objects[key].pk
            )
        make.MessageFactory(introduction=world.objects["introduction"])


def queries(asker: Asker, route: Route, address: str, role: str, times: int = 2) -> list[str]:
    """The statements of the last of these answers: what a process keeps is there from the first
    one on. None where there is no such page."""
    client: Client = asker._client("anonymous" if route.is_api else role)
    headers = {}
    if route.is_api and role in asker.world.users:
        headers["Authorization"] = f"Bearer {TOKEN.format(role=role)}"
    for _time in range(times):
        with CaptureQueriesContext(connection) as found:
            response = client.get(address, headers=headers)
    if response.status_code != 200:  # it leads elsewhere, or is not for this role to see
        return []
    return [one["sql"] for one in found if not one["sql"].startswith(NO_CHANGES)]


def reads(kind: str, roles: Sequence[str]) -> list[tuple[Route, str, str]]:
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
            found += [(route, key, role) for key in [keys] for role in roles if role in who]
    return found


def test_lists_take_few_queries_and_as_many_with_more_rows(world: World) -> None:
    asker = Asker(world)
    lists = reads("list", LISTS_OF)
    before = {(r.name, role): queries(asker, r, r.address, role) for r, _key, role in lists}
    grow(world)
    after = {(r.name, role): queries(asker, r, r.address, role) for r, _key, role in lists}

    assert sum(map(bool, before.values())) > 40
    grown = {key: (len(before[key]), len(sql)) for key, sql in after.items()}
    assert {key: both for key, both in grown.items() if both[1] > both[0]} == {}
    for route, _key, role in reads("list", LISTS_ALSO_OF):
        after[route.name, role] = queries(asker, route, route.address, role, 1)
    for who in LISTS_OF + LISTS_ALSO_OF:
        assert sum(bool(sql) for (_name, role), sql in after.items() if role == who) > 5, who
    assert {key: len(sql) for key, sql in after.items() if len(sql) > LIST} == {}


def taken(world: World, roles: Sequence[str]) -> dict[tuple[str, str, str], int]:
    """Statements of each detail that one of these may read, by route, object and role."""
    asker, found = Asker(world), {}
    for route, key, role in reads("detail", roles):
        if role in world.seen_by.get(key, ANYONE):
            address = asker.addresses(route, key)[0][0]
            times = 2 if role == roles[0] else 1
            found[route.name, key, role] = len(queries(asker, route, address, role, times))
    return found


def test_details_take_few_queries_for_everybody_and_as_many_with_more_rows(world: World) -> None:
    before = taken(world, DETAILS_OF)
    grow(world)
    after = taken(world, GROWN_FOR)

    for who in DETAILS_OF:
        assert sum(number > 0 for (*_what, role), number in before.items() if role == who) > 10
    assert {key: n for key, n in before.items() if n > DETAIL} == {}
    assert {key: (before[key], n) for key, n in after.items() if n > before[key]} == {}
