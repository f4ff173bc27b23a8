"""What every endpoint shares: tokens, errors, pages, ETags, the committed schema."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from tests.factories import ApiTokenFactory, OrganisationFactory, UserFactory
from transfer.api import _schema

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


def test_schema_is_the_committed_one(tmp_path):
    made = tmp_path / "openapi.yaml"

    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True, lang="en")

    committed = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    assert yaml.safe_load(made.read_text()) == committed, "run: make openapi"


def test_schema_is_given_out_as_committed_and_made_once_for_each_language(api, monkeypatch):
    _schema.cache_clear()
    given = {
        language: api.get("/api/v1/schema/", {"lang": language}) for language in ("en", "zh-hans")
    }
    monkeypatch.setattr("transfer.api.SchemaGenerator", None)  # nothing is made any more

    again = api.get("/api/v1/schema/?lang=zh-hans&version=9")
    unknown = api.get("/api/v1/schema/?lang=xx")
    program = api.get("/api/v1/schema/", headers={"if-none-match": given["en"]["ETag"]})

    committed = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())
    assert yaml.safe_load(given["en"].content) == committed
    assert unknown.content == given["en"].content != given["zh-hans"].content == again.content
    assert again["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert program.status_code == 304


def test_schema_every_operation_documents_its_errors():
    schema = yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())

    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            wanted = {"401", "405", "406", "429"}
            assert wanted <= set(operation["responses"]), f"{method} {path}"


def test_error_unknown_address_has_the_one_shape_in_the_language_asked_for(client: Client):
    response = client.get("/api/v1/organisations/nobody/", headers={"accept-language": "zh-hans"})

    assert response.status_code == 404
    assert response.json() == {
        "type": "client_error",
        "errors": [{"code": "not_found", "detail": "未找到。", "attr": None}],
    }


def test_error_from_a_service_names_the_field(api: APIClient):
    api.force_authenticate(UserFactory())

    response = api.post("/api/v1/organisations/", {"kind": "university", "credit_code": "123"})

    assert response.status_code == 400
    assert response.json()["type"] == "validation_error"
    assert [error["attr"] for error in response.json()["errors"]] == ["credit_code"]


def test_pages_size_is_capped_at_100(api: APIClient):
    OrganisationFactory.create_batch(3)

    body = api.get("/api/v1/organisations/?page_size=2").json()

    assert set(body) == {"count", "next", "previous", "results"}
    assert (body["count"], len(body["results"])) == (3, 2)
    assert api.get("/api/v1/organisations/?page=9").status_code == 404


@pytest.mark.parametrize("address", ["/api/v1/organisations/", "/api/v1/organisations/here/"])
def test_etag_unchanged_is_304_and_changed_is_200(api: APIClient, address):
    organisation = OrganisationFactory(slug="here")
    first = api.get(address)

    again = api.get(address, headers={"if-none-match": first["ETag"]})
    organisation.name_en = "Another name"
    organisation.save()
    changed = api.get(address, headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert changed.status_code == 200
    assert first["Cache-Control"] == "private, no-cache"


def test_throttle_beyond_the_rate_is_429_with_retry_after(api: APIClient, monkeypatch):
    monkeypatch.setattr(
        "rest_framework.throttling.AnonRateThrottle.THROTTLE_RATES",
        {"anon": "2/min", "user": "2/min"},
    )

    codes = [api.get("/api/v1/regions/").status_code for _number in range(3)]

    assert codes == [200, 200, 429]
    refused = api.get("/api/v1/regions/")
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["errors"][0]["code"] == "throttled"


def test_throttle_cache_away_lets_requests_through(api: APIClient, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "transfer.cache.FailOpenRedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert api.get("/api/v1/regions/").status_code == 200


def test_session_post_without_csrf_token_is_refused():
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(UserFactory())

    response = client.patch("/api/v1/users/me/", {"name": "X"})

    assert response.status_code == 403


def test_token_in_the_address_is_not_read(api: APIClient):
    ApiTokenFactory(secret="tr_secret")

    assert api.get("/api/v1/users/me/?token=tr_secret").status_code == 401


def test_docs_short_address_leads_to_the_docs(client: Client):
    assert client.get("/api/docs/").headers["Location"] == "/api/v1/docs/"
