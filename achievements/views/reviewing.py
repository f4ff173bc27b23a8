"""The reviewer's buttons. Each sends the version that its page has shown."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from achievements.forms import RejectForm
from achievements.models import Achievement, Listing
from achievements.permissions import may_review_listing, may_verify_readiness
from achievements.services import (
    EditConflictError,
    approve_listing,
    confirm_changes,
    reject_listing,
    take_down_listing,
    verify_readiness,
)
from achievements.views.actions import find_listing


def _reviewable(request: HttpRequest, pk: int) -> Listing:
    """The listing, for somebody who decides on it; else a 404 or a 403."""
    listing = find_listing(request, pk)
    if not may_review_listing(request.user, listing):
        raise PermissionDenied
    return listing


@login_required
@require_POST
def listing_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer publishes a submitted listing; one that changed meanwhile is shown again."""
    listing = _reviewable(request, pk)
    verb = partial(approve_listing, note=request.POST.get("note", ""))
    return _decide(request, listing, verb, gettext_lazy("Published: “%(title)s”."))


@login_required
@require_POST
def listing_confirm_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer lets stand what its owner changed after publication."""
    listing = _reviewable(request, pk)
    return _decide(request, listing, confirm_changes, gettext_lazy("Confirmed: “%(title)s”."))


def _decide(
    request: HttpRequest, listing: Listing, verb: Callable[..., Listing], done: Any
) -> HttpResponse:
    """Do it, and back to the queue; a listing that changed meanwhile is shown again."""
    try:
        verb(listing, by=cast("User", request.user), seen=request.POST.get("seen", ""))
    except EditConflictError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(listing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if listing.state == Listing.State.IN_REVIEW:  # a first reviewer's yes
            done = gettext_lazy("Found good: “%(title)s”. Another reviewer publishes it.")
        messages.success(request, done % {"title": listing.title})
    return redirect(_queue_of(listing))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer sends a submitted listing back, with a reason from the list and a note."""
    done = gettext_lazy("Sent back: “%(title)s”.")
    return _send_back(request, pk, reject_listing, done, {"verb": "reject"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_take_down(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer makes a published listing a draft again, with a reason and a note."""
    done = gettext_lazy("Taken down: “%(title)s”.")
    return _send_back(request, pk, take_down_listing, done, {"verb": "take_down"})


def _send_back(
    request: HttpRequest,
    pk: int,
    service: Callable[..., Listing],
    done: Any,
    context: dict[str, Any],
) -> HttpResponse:
    """Ask for the reason, then make it a draft; what changed meanwhile has to be read first."""
    listing = _reviewable(request, pk)
    initial = {"seen": request.GET.get("seen") or listing.version}
    form = RejectForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if form.is_valid():
        try:
            service(listing, by=cast("User", request.user), **form.cleaned_data)
        except EditConflictError as error:
            form.add_error(None, error.messages)
            form.renew_version(Listing.objects.get(pk=pk))
            status = 409
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, done % {"title": listing.title})
            return redirect(_queue_of(listing))
    if form.errors and status == 200:
        status = 422
    context |= {"form": form, "listing": listing}
    return render(request, "achievements/listing_reject.html", context, status=status)


@login_required
@require_POST
def readiness_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """A moderator confirms the claimed readiness."""
    rows = Achievement.objects.visible_to(request.user).select_related("organisation")
    achievement = get_object_or_404(rows, pk=pk)
    if not may_verify_readiness(request.user, achievement):
        raise PermissionDenied
    try:
        verify_readiness(achievement, by=cast("User", request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The readiness is verified now."))
    return redirect(achievement)


def _queue_of(listing: Listing) -> str:
    if listing.kind == Listing.Kind.EXPERT:
        return "achievements:expert_pool"
    return "achievements:moderation_queue"
