"""The pages for errors, 400 to 507; the API answers the same in its one error shape."""

import sys

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext as _
from psycopg2.errors import ForeignKeyViolation, UniqueViolation

from accounts.storage import is_no_room

RETRY_AFTER_SECONDS = 10


def _answer(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        kind = "server_error" if status >= 500 else "client_error"
        error = {"code": code, "detail": detail, "attr": None}
        return JsonResponse({"type": kind, "errors": [error]}, status=status)
    context = {
        "status": status,
        "detail": detail,
        "request_id": getattr(request, "request_id", ""),
        "site_name": settings.SITE_NAME,
        # Whose session it is, only the database knows; without one nobody is signed in.
        "has_session": settings.SESSION_COOKIE_NAME in request.COOKIES,
        "address": request.get_full_path() if request.method == "GET" else "",
    }
    try:
        # Rendered without the request: context processors may ask the database that is away.
        page = loader.render_to_string(f"{status}.html", context)
    except TemplateDoesNotExist:
        page = loader.render_to_string("error.html", context)
    return HttpResponse(page, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request could not be understood."""
    return _answer(request, 400, "bad_request", _("This request could not be understood."))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in or not, this is not for you."""
    return _answer(request, 403, "permission_denied", _("You may not see or do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here, or nothing you may see."""
    return _answer(request, 404, "not_found", _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake. Or what middleware raised, or a view that one has called, which Django
    tells only here: 503, 507, or 404 and 409 for who was overtaken."""
    error = sys.exception()
    known = outage_of(request, error) or overtaken(request, error)
    return known or _answer(request, 500, "error", _("Something went wrong on our side."))


def conflict(request: HttpRequest) -> HttpResponse:
    """409: somebody was quicker with the same."""
    return _answer(request, 409, "state", quicker())


def quicker() -> str:
    """What to say to who was overtaken."""
    return _("Somebody was quicker, perhaps you in another window. Reload the page and look.")


def is_taken(error: BaseException | None) -> bool:
    """Whether something was written, or removed, between the look whether this is possible and
    the writing: the database lets only one of two through."""
    cause = getattr(error, "__cause__", None)
    return isinstance(error, IntegrityError) and isinstance(
        cause, UniqueViolation | ForeignKeyViolation
    )


def is_gone(error: BaseException | None, method: str | None) -> bool:
    """Whether what a change is about was removed before the change could lock it."""
    return isinstance(error, ObjectDoesNotExist) and method not in ("GET", "HEAD", "OPTIONS")


def overtaken(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """What to answer a change that came second; nothing for any other error."""
    if isinstance(error, Exception) and is_gone(error, request.method):
        return not_found(request, error)
    return conflict(request) if is_taken(error) else None


def is_outage(error: BaseException | None) -> bool:
    """Whether this is no mistake in the code but a lost database or a full disk."""
    return is_no_room(error) or isinstance(error, OperationalError | InterfaceError)


def outage_of(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """What to answer in an outage; nothing for any other error."""
    if not is_outage(error):
        return None
    return out_of_space(request) if is_no_room(error) else unavailable(request)


def out_of_space(request: HttpRequest) -> HttpResponse:
    """507: a disk of ours is full. What was begun is undone by then."""
    detail = _("We have no room for this at the moment. Nothing was changed. Try again later.")
    response = _answer(request, 507, "storage", detail)
    response["Cache-Control"] = "no-store"
    return response


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After: the database is away for the moment."""
    detail = _("The service is unavailable for a moment. Please try again shortly.")
    response = _answer(request, 503, "unavailable", detail)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
