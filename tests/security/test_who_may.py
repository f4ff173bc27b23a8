"""Who may do what: every role, every route of the URL map, every verb, through both doors.

Of the roles that may, one asks, and one of each standing of those that may not; another one for
each route. With EVERY_ROLE in the environment all roles ask everything. A role that may gets an
answer; one that may not gets a refusal and nothing is written. Who may not see an object gets, to
the letter, the answer for an object that does not exist. A suspended user is a visitor. What every
answer says to the browser is looked at on the way.
"""

import os
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.security.asking import BODY_NAMES, Answer, Asker
from tests.security.routes import Route, all_routes
from tests.security.rules import rules_by_route
from tests.security.world import ANYONE, ROLES, SIGNED_IN, STRANGERS

pytestmark = pytest.mark.django_db

EVERY_ROLE = "EVERY_ROLE" in os.environ  # else one of those who may, and one of each of these:
STANDINGS = (
    ("anonymous", "other", "suspended", "expert"),
    ("viewer", "curator", "editor", "moderator", "owner", "superuser"),
)
NOTED = {  # by a GET: that something was read, and what was found out for it
    "INSERT INTO accounts_auditevent",
    "UPDATE accounts_notification",
    "INSERT INTO matching_querystatistics",
    "UPDATE matching_querystatistics",
    "INSERT INTO achievements_listingquality",
    "UPDATE achievements_listingquality",
}
REFUSED = {"sign in", "no", "missing"}


def cases(*, api: bool) -> Iterator[tuple[Route, str, frozenset[str], str]]:
    """Route, verb, who may and the object's key, for each rule; an unlisted route fails."""
    rules = rules_by_route()
    for route in all_routes():
        if route.name.startswith("admin:") or route.is_api != api:
            continue
        for verb in route.verbs:
            found = rules.get(f"{route.name}/{verb}") or rules.get(route.name)
            assert found, f"No rule says who may {verb} {route.name} ({route.address})."
            for who, key in found:
                yield route, verb, who, key


def problems_of(asker: Asker, route: Route, verb: str, who: frozenset[str], key: str) -> list[str]:
    """What is wrong with the answers to all roles about one object."""
    found = []
    seen_by = asker.world.seen_by.get(key, ANYONE)
    for address, gone in asker.addresses(route, key):
        able = [role for role in ROLES if role in who & seen_by]
        chosen = asker.asked % len(able) if able else 0  # another one each time
        first = able[chosen] if able else "superuser"
        answers = {first: asker.ask(route, verb, first, address, asker.data(route, verb, key))}
        refused = [role for role in ROLES if role not in able]
        roles = able + refused if EVERY_ROLE else _one_of_each(refused, asker.asked)
        if answers[first].said == "no such verb":
            roles = ["anonymous"]
        for role in roles:
            if role not in answers:
                data = asker.data(route, verb, key)
                answers[role] = asker.ask(route, verb, role, address, data)
        compared: frozenset[str] = frozenset()  # those whose kind was compared with a missing one
        for role, answer in answers.items():
            seen = role in seen_by
            known = not (route.is_api and role == "suspended")  # whose token is refused everywhere
            wrong = _wrong(route, role in who and seen and known, seen, role, answer)
            if not wrong and not seen and role not in compared:
                wrong = _unlike(asker, route, verb, role, gone, answer)
                compared |= STRANGERS if role in STRANGERS else SIGNED_IN
            if wrong:
                found.append(f"{verb} {address} ({route.name}, {key}) as {role}: {wrong}")
    return found


def _one_of_each(roles: list[str], turn: int) -> list[str]:
    """One role of each standing, another one each turn."""
    groups = [[role for role in standing if role in roles] for standing in STANDINGS]
    return [group[turn % len(group)] for group in groups if group]


def _wrong(route: Route, may: bool, seen: bool, role: str, answer: Answer) -> str:
    """What is wrong with an answer by itself."""
    if answer.said == "no such verb":
        return ""
    if may:
        return "" if answer.said == "yes" else f"may, but got {answer.status} {answer.target}"
    not_found = route.name in BODY_NAMES and not seen and answer.status == 400
    if answer.said not in REFUSED and not not_found:
        return f"may not, but got {answer.status} {answer.target} {answer.body[:90]}"
    if role not in STRANGERS and answer.said == "sign in":
        return "is signed in, but was sent to sign in"
    return f"refused, but wrote {answer.written}" if answer.written else ""


def _unlike(asker: Asker, route: Route, verb: str, role: str, gone: str, answer: Answer) -> str:
    """How the answer about what one may not see differs from the one about nothing."""
    if answer.said == "no such verb":
        return ""
    other = asker.ask(route, verb, role, gone, asker.data(route, verb, "nothing"))
    if (answer.status, answer.body) == (other.status, other.body):
        return ""
    return f"{answer.status} {answer.body[:90]}, but a missing one {other.status} {other.body[:90]}"


def test_every_page_lets_in_who_may_and_refuses_the_others_alike(asker: Asker) -> None:
    problems = []
    for case in cases(api=False):
        problems += problems_of(asker, *case)
        cache.clear()
    assert not problems, f"{len(problems)} of {asker.asked}:\n" + "\n".join(problems)
    assert asker.asked > 500
    assert asker.headers == []
    assert asker.written_by_get <= NOTED


def test_every_operation_lets_in_who_may_and_refuses_the_others_alike(asker: Asker) -> None:
    problems = []
    for case in cases(api=True):
        problems += problems_of(asker, *case)
        cache.clear()
    assert not problems, f"{len(problems)} of {asker.asked}:\n" + "\n".join(problems)
    assert asker.asked > 500
    assert asker.headers == []
    assert asker.written_by_get <= NOTED


def test_organisation_one_may_not_see_is_answered_like_one_that_does_not_exist(
    asker: Asker,
) -> None:
    different, named = [], 0
    for route in all_routes():
        data = asker.data(route, "post", "achievement")
        if "organisation" not in data.get("data", {}):
            continue
        named += 1
        answers = set()
        for name in ("waiting", "nowhere"):
            sent = {**asker.data(route, "post", "achievement")["data"], "organisation": name}
            answer = asker.ask(route, "post", "owner", route.address, {**data, "data": sent})
            assert not answer.written
            answers.add((answer.status, answer.body.replace(name, "NAME")))
        if len(answers) > 1 or min(answers)[0] < 400:
            different.append(f"{route.name}: {answers}")

    assert different == []
    assert named >= 7


def test_rules_name_no_route_that_is_gone() -> None:
    routes = {route.name for route in all_routes()}
    routes |= {f"{route.name}/{verb}" for route in all_routes() for verb in route.verbs}

    assert set(rules_by_route()) <= routes


def test_administration_is_there_for_staff_only(asker: Asker) -> None:
    problems = []
    for route in all_routes():
        if not route.name.startswith("admin:") or route.name in {"admin:login", "admin:logout"}:
            continue
        address = route.address.format(**dict.fromkeys(route.parts, "1"))
        for role in ("anonymous", ("owner", "moderator", "curator")[asker.asked % 3]):
            for verb in ("get", "post"):
                answer = asker.ask(route, verb, role, address, {})
                if answer.written or (answer.said == "yes" and "/login/" not in answer.target):
                    problems.append(f"{verb} {address} as {role}: {answer.status} {answer.target}")
    assert not problems, "\n".join(problems)
