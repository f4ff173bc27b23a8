"""What signing in means for each request: the user's clock, a session's end, a second factor; and
forms that are sent twice."""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.form_key import FIELD, is_form_key
from accounts.memberships import keep_memberships
from accounts.models import User
from accounts.permissions import needs_second_factor
from accounts.services.idempotency import (
    RUNNING,
    Answer,
    RequestIdentity,
    answer_once,
    fingerprint_of,
)
from accounts.views.base import Refusal, own_address

GetResponse = Callable[[HttpRequest], HttpResponseBase]

READING = ("GET", "HEAD")

# What somebody may still open who has to set up a second factor first.
OPEN_ROUTES = {
    "account_logout",
    "account_reauthenticate",
    "account_email_verification_sent",
    "account_confirm_email",
    "set_language",
}


def second_factor_missing(user: Any) -> bool:
    """An administrator of a site that asks for a second factor, without one."""
    return needs_second_factor(user) and not is_mfa_enabled(user)


class SignedInMiddleware:
    """For who is signed in: pages in their time zone; no session outlives its absolute age; nothing
    stays in the browser for the next person at the machine, unless the view says so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at the session only where there is one; the API answers in UTC."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        if _too_old(request):
            logout(request)
            return self.get_response(request)
        if request.method in READING:
            keep_memberships(request.user)
        if request.path.startswith("/api/"):
            response = self.get_response(request)
        else:
            with timezone.override(request.user.time_zone):
                response = self.get_response(request)
        response.setdefault("Cache-Control", "private, no-store")
        return response


def _too_old(request: HttpRequest) -> bool:
    """Whether the first sign-in of this session is longer ago than a session may last."""
    records = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY) or []
    first = min((record.get("at", 0) for record in records), default=None)
    return first is not None and time.time() - first > settings.SESSION_COOKIE_AGE


class SecondFactorMiddleware:
    """Sends administrators without a second factor to set one up before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the check needs to know the route."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let the set-up itself, signing out and the like through; refuse the rest."""
        if not settings.SECOND_FACTOR_REQUIRED:
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        match = request.resolver_match
        route = match.view_name if match is not None else ""
        if route.startswith("mfa_") or route in OPEN_ROUTES:
            return None
        if not second_factor_missing(request.user):
            return None
        text = _("Administrators need a second factor. Set one up to go on.")
        if request.path.startswith("/api/"):
            error = {"code": "second_factor", "detail": text, "attr": None}
            return JsonResponse({"type": "client_error", "errors": [error]}, status=403)
        messages.warning(request, text)
        return redirect("mfa_activate_totp")


class FormOnceMiddleware:
    """A form that carries a key is handled once, however often its button is pressed.

    Sent again as it was, it leads where it led the first time. A form that was refused, or sent
    with other content, is handled as any other. It stands last in the list, so that it is the
    last to look at a request before its view.
    """

    PATIENCE = 20.0  # seconds that a second click waits for the first

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; the form is looked at when its view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer forms with a key; leave everything else alone."""
        if request.method != "POST" or request.path.startswith("/api/"):
            return None
        key = request.POST.get(FIELD, "")
        if not is_form_key(key):
            return None
        by = request.user if isinstance(request.user, User) else None
        sent = fingerprint_of(request.META.get("QUERY_STRING", ""), request.POST, request.FILES)
        identity = RequestIdentity(by, request.path, f"{key} {sent}", sent)
        try:
            result = answer_once(
                identity, lambda: view(request, *args, **kwargs), _led, self.PATIENCE
            )
        except ValidationError as error:
            if getattr(error, "code", None) != RUNNING:
                raise
            messages.warning(request, _("The same form is still being handled."))
            return redirect(own_address(request, request.headers.get("Referer", "")) or "/")
        if not isinstance(result, Answer):
            return result
        messages.info(request, _("This form was sent before. Here is what became of it."))
        return HttpResponse(status=result.status, headers=result.headers)


def _led(response: HttpResponseBase) -> Answer | None:
    """What is kept: where the form led, unless it was refused or asked to sign in first."""
    headers = {name: response[name] for name in ("Location", "HX-Redirect") if name in response}
    if not headers or isinstance(response, Refusal):
        return None
    doors = tuple(resolve_url(name) for name in (settings.LOGIN_URL, "account_reauthenticate"))
    if headers.get("Location", "").startswith(doors):
        return None
    return Answer(response.status_code, headers=headers)
