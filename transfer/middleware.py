"""Around every request: its id, health answers, what is said in an outage or to who was second."""

import logging
import re
import uuid
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_vary_headers

from transfer import health
from transfer.errors import outage_of, overtaken
from transfer.logs import request_id

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id: the proxy's if it is harmless, else a new one. It is in the logs,
    in the answer's `X-Request-ID` and on the error pages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the request's id in a header."""
        given = request.headers.get("X-Request-ID", "")
        name = given if _SAFE_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = name  # type: ignore[attr-defined]
        token = request_id.set(name)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = name
        return response


class HealthMiddleware:
    """Answers `/livez` and `/readyz` before hosts, sessions or languages are looked at, so that a
    container may ask itself by any name."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the two paths, pass everything else on."""
        if request.path == "/livez":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            report = health.report()
            status = 200 if report["status"] != "unavailable" else 503
            response = JsonResponse(report, status=status)
            response["Cache-Control"] = "no-store"
            return response
        return self.get_response(request)


class UnavailableMiddleware:
    """Turns a database that cannot be reached into a 503 with Retry-After, and a full disk into a
    507, instead of a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Catch what middleware further in raised."""
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError, OSError) as error:
            answer = self.process_exception(request, error)
            if answer is None:
                raise
            return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Catch what a view raised; anything but such an outage goes on as an error."""
        answer = outage_of(request, error)
        if answer is not None:
            logger.error("unavailable: %s", error)
        return answer


class OvertakenMiddleware:
    """Turns what two changes at the same time lead to into a 404 or a 409 for the second one,
    instead of a 500; in the API the error handler does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Catch what a view raised; what nobody was quicker with goes on as an error."""
        answer = overtaken(request, error)
        if answer is not None:
            logger.warning("overtaken: %s", error)
        return answer


class ConditionalApiMiddleware(ConditionalGetMiddleware):
    """ETags for the API: a client that sends If-None-Match gets 304 while nothing has changed.

    Answers belong to who asked, in the language asked for, and are asked for anew each time.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Add the validator and the rules for caches, or answer 304."""
        if not request.path.startswith("/api/") or response.streaming:
            return response
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Accept-Language", "Authorization", "Cookie"))
        return super().process_response(request, response)


class CompressedPagesMiddleware(GZipMiddleware):
    """Sends pages compressed: an inbox of 340 kB is 35 kB on the line.

    Django adds random bytes against guessing secrets by length (BREACH), and form tokens differ
    each time. Files and the API stay as they are, so that their lengths and ETags hold.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer if it is a page."""
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
