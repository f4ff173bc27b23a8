"""The error pages and their API shape."""

import json
from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import translation

from transfer import errors

Handler = Callable[[HttpRequest], HttpResponse]
HANDLERS: list[tuple[Handler, int, str, str]] = [
    (lambda r: errors.bad_request(r, ValueError("inside")), 400, "client_error", "bad_request"),
    (
        lambda r: errors.permission_denied(r, ValueError("x")),
        403,
        "client_error",
        "permission_denied",
    ),
    (lambda r: errors.not_found(r, ValueError("x")), 404, "client_error", "not_found"),
    (errors.conflict, 409, "client_error", "state"),
    (errors.server_error, 500, "server_error", "error"),
    (errors.unavailable, 503, "server_error", "unavailable"),
    (errors.out_of_space, 507, "server_error", "storage"),
]


@pytest.mark.parametrize(("handler", "status", "kind", "code"), HANDLERS)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_page_stands_alone(
    rf: RequestFactory, handler: Handler, status: int, kind: str, code: str, language: str
):
    """No database is asked: these tests have none."""
    request = rf.get("/somewhere/")
    request.request_id = "the-request-id"

    with translation.override(language):
        response = handler(request)

    page = response.content.decode()
    assert response.status_code == status
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"' in page
    assert "the-request-id" in page
    assert "inside" not in page
    assert "<script" not in page


def test_who_finds_nothing_is_led_to_the_search_and_only_without_a_session_to_sign_in(rf, settings):
    address = "/introductions/7/?page=2&q=%22a%22"
    page = errors.not_found(rf.get(address), ValueError("x")).text
    assert "/accounts/login/?next=/introductions/7/%3Fpage%3D2%26q%3D%2522a%2522" in page
    assert 'href="/search/"' in page

    rf.cookies[settings.SESSION_COOKIE_NAME] = "anything"
    for handler in (errors.not_found, errors.permission_denied):
        page = handler(rf.get(address), ValueError("x")).text
        assert ("Sign in" in page, "sign in" in page) == (False, False)


@pytest.mark.parametrize(("handler", "status", "kind", "code"), HANDLERS)
def test_error_of_the_api_has_the_one_shape(
    rf: RequestFactory, handler: Handler, status: int, kind: str, code: str
):
    response = handler(rf.get("/api/v1/anything/"))

    body = json.loads(response.content)
    assert response.status_code == status
    assert body["type"] == kind
    assert [(error["code"], error["attr"]) for error in body["errors"]] == [(code, None)]
    assert body["errors"][0]["detail"]
