"""The API keeps to its own description: generated requests, every operation, several roles.

Addresses and bodies name, half of the time, objects that exist: one of every kind, with a person in
every part. What a request writes is taken back. With CONTRACT_EXAMPLES in the environment so many
requests are made of each operation as each role, and chains of requests in which each uses what the
one before has answered. `make contract` asks for 200.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rest_framework.throttling import SimpleRateThrottle
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.security.asking import Asker
from tests.security.routes import all_routes
from tests.security.rules import rules_by_route
from tests.security.world import TOKEN, make_world
from transfer.wsgi import application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "2"))  # of each operation
FULL = "CONTRACT_EXAMPLES" in os.environ
FEW = 20
OPENAPI = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
GENERATED = settings(
    max_examples=EXAMPLES,
    derandomize="CONTRACT_SEED" not in os.environ,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests within this process leave the test's connection, and its transaction, open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def asker(monkeypatch: pytest.MonkeyPatch) -> Asker:
    """The world that is asked about; nobody is throttled here."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    return Asker(make_world())


def sent_by(role: str) -> dict[str, str]:
    """What says who asks."""
    return {} if role == "visitor" else {"Authorization": f"Bearer {TOKEN.format(role=role)}"}


@lru_cache
def described() -> Any:
    """The schema as the running site serves it to anyone; read once."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


def areas() -> list[str]:
    """What follows /api/v1/ in the addresses: the kinds of things that can be asked about."""
    return sorted(
        set(re.findall(r"^  /api/v1/([\w-]+/)", OPENAPI.read_text("utf-8"), re.MULTILINE))
    )


def known(asker: Asker) -> dict[tuple[str, str], list[list[str]]]:
    """For each operation, by its method and address without names: what fills it in, by object."""
    rules, found = rules_by_route(), {}
    for route in all_routes():
        for verb in route.verbs if route.is_api and route.parts else ():
            listed = rules.get(f"{route.name}/{verb}") or rules[route.name]
            pattern = re.sub(r"{\w+}", "([^/]+)", route.address)
            filled = [a for _who, key in listed for a, _gone in asker.addresses(route, key)]
            parts = [re.fullmatch(pattern, address) for address in filled]
            found[verb, bare(route.address)] = [list(each.groups()) for each in parts if each]
    return found


def bare(address: str) -> str:
    """An address without the names of what fills it in, which the schema calls otherwise."""
    return re.sub(r"{\w+}", "{}", address)


def naming(case: Any, asker: Asker, parts: list[str]) -> None:
    """Let a request name objects that exist, in its address, query and body."""
    objects = asker.world.objects
    real = {name: objects[name].pk for name in ("demand", "achievement", "expert")}
    real |= {"organisation": "home", "listing": objects["achievement"].pk}
    if parts:
        case.path_parameters = dict(zip(re.findall(r"{(\w+)}", case.path), parts, strict=True))
    for holder in (case.query, case.body):
        if isinstance(holder, dict):
            holder.update({name: real[name] for name in real if name in holder})


def examples_of(operation: Any, sent_as: str) -> int:
    """How many requests: few where only the object may change, or who asks is let in nowhere."""
    one_way = not (operation.body or operation.query)
    closed = sent_as == "visitor" and {} not in operation.definition.raw.get("security", [{}])
    return min(EXAMPLES, FEW if FULL else 1) if one_way or closed else EXAMPLES


def failure_of(operation: Any, asker: Asker, filled: list[list[str]], sent_as: str) -> str:
    """Ask so often for one operation; says what was answered how often, returns what was wrong."""
    answers: Counter[int] = Counter()
    roles = cycle([sent_as] if FULL else ["owner", "superuser", "owner", "visitor"])

    @settings(GENERATED, max_examples=examples_of(operation, sent_as))
    @given(case=operation.as_strategy(), parts=st.sampled_from([*filled, None]))
    def check(case: schemathesis.Case, parts: list[str] | None) -> None:
        if parts is not None:
            naming(case, asker, parts)
        before = transaction.savepoint()
        try:
            response = case.call_and_validate(checks=CHECKS, headers=sent_by(next(roles)))
            answers[response.status_code] += 1
        finally:
            transaction.savepoint_rollback(before)
            transaction.set_rollback(False)  # a request that failed has asked for one

    try:
        check()
    except BaseExceptionGroup as group:
        return f"{operation.label}: {group.exceptions}"
    except Exception as error:  # noqa: BLE001 - all of them are reported together
        return f"{operation.label}: {error}"
    finally:
        print(operation.label, dict(answers))  # shown by make contract
    return ""


@pytest.mark.parametrize("area", areas() if FULL else [""])
@pytest.mark.parametrize("sent_as", ["owner", "superuser", "visitor"] if FULL else ["by turns"])
def test_contract_generated_requests_are_answered_as_described(
    asker: Asker, sent_as: str, area: str
) -> None:
    objects = known(asker)
    operations = [result.ok() for result in described().get_all_operations()]
    asked = [each for each in operations if each.path.startswith(f"/api/v1/{area}")]

    found = [
        failure_of(each, asker, objects.get((each.method, bare(each.path)), [[]]), sent_as)
        for each in asked
    ]

    failures = "\n".join(failure for failure in found if failure)
    assert not failures, failures
    assert asked


@pytest.mark.skipif(not FULL, reason="takes minutes: make contract")
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_contract_holds_over_chains_of_requests(asker: Asker, role: str) -> None:
    class Chain(described().as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            """Each chain begins with the same world, or none of them could be run again."""
            cache.clear()
            self.before = transaction.savepoint()

        def teardown(self) -> None:
            """Take back what the chain has written."""
            transaction.savepoint_rollback(self.before)
            transaction.set_rollback(False)  # a request that failed has asked for one

        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            """As this role."""
            return {"headers": sent_by(role)}

        def validate_response(self, response: Any, case: schemathesis.Case, **more: Any) -> None:
            """The same checks as for single requests."""
            case.validate_response(response, checks=CHECKS, headers=sent_by(role))

    Chain.run(settings=settings(GENERATED, stateful_step_count=8))
