"""Request ids, the answers for a lost database, and headers of every page."""

import gzip
import logging

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client

from transfer.settings.base import MIDDLEWARE


@pytest.fixture
def lost_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query fails as it does when PostgreSQL is away."""

    def fail(*args, **kwargs):
        raise OperationalError("could not connect to server at 10.9.8.7")

    monkeypatch.setattr(connection, "cursor", fail)
    monkeypatch.setattr(connection, "ensure_connection", fail)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_page_without_database_is_503_with_retry_after(
    client: Client, lost_database: None, language: str
):
    response = client.get("/", headers={"accept-language": language})

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response["Cache-Control"] == "no-store"
    assert "10.9.8.7" not in response.content.decode()
    assert response["X-Request-ID"] in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_page_without_database_is_503_for_who_is_signed_in(
    client: Client, lost_database: None, method: str
):
    """Middleware asks first, before any view: who this is, and whether a form came before."""
    client.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    client.raise_request_exception = False

    response = getattr(client, method)("/organisations/new/", {"form_key": "0" * 32})

    assert response.status_code == 503
    assert response["Retry-After"] == "10"


@pytest.mark.django_db
def test_api_without_database_is_503_in_the_error_shape(client: Client, lost_database: None):
    response = client.get("/api/v1/organisations/")

    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert response.json()["type"] == "server_error"
    assert [error["code"] for error in response.json()["errors"]] == ["unavailable"]


@pytest.mark.django_db
def test_readyz_without_database_is_503_and_tells_no_detail(client: Client, lost_database: None):
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "unavailable", "broker": "ok"}
    assert client.get("/livez").status_code == 200


@pytest.mark.django_db
def test_readyz_without_broker_is_degraded_but_ready(client: Client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "broker": "unavailable"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abcdefgh-1234_XYZ", True),
        ("short", False),
        ("with spaces in it", False),
        ("new\\nline-in-the-log", False),
        ("x" * 65, False),
    ],
)
def test_request_id_of_a_proxy_is_kept_when_harmless(client: Client, given: str, kept: bool):
    response = client.get("/livez", headers={"x-request-id": given})

    assert (response["X-Request-ID"] == given) is kept
    assert len(response["X-Request-ID"]) >= 8


@pytest.mark.django_db
def test_missing_page_names_the_request_in_page_and_log(
    client: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    # However a test before this one has left the loggers.
    logger = logging.getLogger("django.request")
    monkeypatch.setattr(logger, "disabled", False)
    monkeypatch.setattr(logging.root.manager, "disable", 0)
    caplog.set_level(logging.WARNING, logger=logger.name)
    logger.addHandler(caplog.handler)

    response = client.get("/no-such-page/", headers={"x-request-id": "visible-request-id"})
    logger.removeHandler(caplog.handler)

    assert response.status_code == 404
    assert "visible-request-id" in response.content.decode()
    assert any("/no-such-page/" in record.getMessage() for record in caplog.records)


@pytest.mark.django_db
def test_missing_api_address_answers_in_the_error_shape(client: Client):
    response = client.get("/api/v1/no-such-thing/")

    assert response.status_code == 404
    assert response.json()["type"] == "client_error"
    assert response.json()["errors"][0]["code"] == "not_found"


@pytest.mark.django_db
def test_every_page_carries_the_security_headers(client: Client):
    response = client.get("/accounts/login/")

    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_health_is_asked_before_sessions_and_hosts_are():
    order = [name.rpartition(".")[2] for name in MIDDLEWARE]

    assert order.index("HealthMiddleware") < order.index("SessionMiddleware")
    assert order.index("HealthMiddleware") < order.index("CommonMiddleware")
    assert order.index("RequestIdMiddleware") == 0


@pytest.mark.django_db
def test_page_is_sent_compressed_and_the_api_as_it_is(client: Client):
    asked = {"accept-encoding": "gzip, br"}

    page = client.get("/accounts/login/", headers=asked)
    answer = client.get("/api/v1/organisations/", headers=asked)

    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert len(page.content) * 2 < len(gzip.decompress(page.content))
    assert "Content-Encoding" not in answer
    assert "ETag" in answer
