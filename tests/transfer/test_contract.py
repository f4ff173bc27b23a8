"""The API keeps to its own description: generated requests, every operation, several roles.

With CONTRACT_EXAMPLES in the environment so many requests are made of each operation, and chains of
requests in which each uses what the one before has answered. `make contract` asks for 200.
"""

import os
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from rest_framework.throttling import SimpleRateThrottle
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories import ApiTokenFactory, MemberFactory, OrganisationFactory, UserFactory
from transfer.wsgi import application

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "2"))  # of each operation
FULL = "CONTRACT_EXAMPLES" in os.environ
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
def roles(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """What each role sends; nobody is throttled here."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    OrganisationFactory(slug="here")
    headers: dict[str, dict[str, str]] = {"visitor": {}}
    for role in ("owner", "superuser"):
        user = UserFactory(superuser=role == "superuser")
        MemberFactory(user=user, organisation__slug=f"of-{role}")
        ApiTokenFactory(secret=f"tr_{role}", user=user)
        headers[role] = {"Authorization": f"Bearer tr_{role}"}
    return headers


@cache
def described() -> Any:
    """The schema as the running site serves it to anyone; read once."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", application)


def test_contract_generated_requests_are_answered_as_described(
    roles: dict[str, dict[str, str]],
) -> None:
    failures, turns = [], cycle(["visitor", "superuser"])
    for result in described().get_all_operations():
        operation = result.ok()

        @GENERATED
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            for role in roles if FULL else ("owner", next(turns)):
                case.call_and_validate(checks=CHECKS, headers=roles[role])

        try:
            check()
        except BaseExceptionGroup as group:
            failures.append(f"{operation.label}: {group.exceptions}")
        except Exception as error:  # noqa: BLE001 - all of them are reported together
            failures.append(f"{operation.label}: {error}")
    assert not failures, "\n".join(failures)


@pytest.mark.skipif(not FULL, reason="takes minutes: make contract")
@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_contract_holds_over_chains_of_requests(
    roles: dict[str, dict[str, str]], role: str
) -> None:
    class Chain(described().as_state_machine()):  # type: ignore[misc]
        def get_call_kwargs(self, case: schemathesis.Case) -> dict[str, Any]:
            """As this role."""
            return {"headers": roles[role]}

        def validate_response(self, response: Any, case: schemathesis.Case, **more: Any) -> None:
            """The same checks as for single requests."""
            case.validate_response(response, checks=CHECKS, headers=roles[role])

    Chain.run(settings=settings(GENERATED, stateful_step_count=8))
