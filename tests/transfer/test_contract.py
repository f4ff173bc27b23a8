"""The API keeps to its own description: generated requests, every operation, several roles."""

import os
from collections.abc import Iterator
from functools import cache

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
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "2"))  # of each operation and role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Requests within this process leave the test's connection, and its transaction, open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(params=["visitor", "owner", "superuser"])
def headers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What this role sends; nobody is throttled here."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", dict.fromkeys(rates))
    OrganisationFactory(slug="here")
    if request.param == "visitor":
        return {}
    user = UserFactory(superuser=request.param == "superuser")
    MemberFactory(user=user, organisation__slug="own")
    ApiTokenFactory(secret="tr_secret", user=user)
    return {"Authorization": "Bearer tr_secret"}


@cache
def operations() -> list[schemathesis.Case]:
    """Every operation of the schema, as the running site serves it to anyone; read once."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", application)
    return [result.ok() for result in schema.get_all_operations()]


def test_contract_generated_requests_are_answered_as_described(headers: dict[str, str]) -> None:
    failures = []
    for operation in operations():

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers=headers)

        try:
            check()
        except BaseExceptionGroup as group:
            failures.append(f"{operation.label}: {group.exceptions}")
        except Exception as error:  # noqa: BLE001 - all of them are reported together
            failures.append(f"{operation.label}: {error}")
    assert not failures, "\n".join(failures)
