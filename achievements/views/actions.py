"""The owner's and the reviewer's buttons."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from achievements.forms import RejectForm
from achievements.models import Achievement, Listing
from achievements.permissions import (
    may_edit_listing,
    may_review_listing,
    may_verify_readiness,
)
from achievements.services import (
    approve_listing,
    close_listing,
    discard_listing,
    reject_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
    verify_readiness,
    withdraw_listing,
)

VERBS: dict[str, Callable[..., Listing]] = {
    "submit": submit_listing,
    "withdraw": withdraw_listing,
    "close": close_listing,
    "renew": renew_listing,
    "reopen": reopen_listing,
}
DONE = {
    "submit": gettext_lazy("Submitted. You are told as soon as it has been reviewed."),
    "withdraw": gettext_lazy("Withdrawn. Nobody else can see it any more."),
    "close": gettext_lazy("Closed."),
    "renew": gettext_lazy("Renewed for another year."),
    "reopen": gettext_lazy("Reopened as a draft."),
}


def _find(request: HttpRequest, pk: int) -> Listing:
    rows = Listing.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_transition(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask once more (GET), or move a listing along its life (POST)."""
    listing = _find(request, pk)
    if verb not in VERBS:
        raise Http404
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    if request.method != "POST":
        context = {"listing": listing, "verb": verb}
        return render(request, "achievements/listing_confirm.html", context)
    try:
        VERBS[verb](listing, by=cast("User", request.user))
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    else:
        done = DONE[verb]
        if verb == "submit" and listing.state == Listing.State.PUBLISHED:
            done = gettext_lazy("Published.")
        messages.success(request, done)
    return redirect(listing)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then delete a draft that was never published."""
    listing = _find(request, pk)
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    if request.method != "POST":
        context = {"listing": listing, "verb": "discard"}
        return render(request, "achievements/listing_confirm.html", context)
    try:
        discard_listing(listing, by=cast("User", request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(listing)
    messages.success(request, _("The draft has been deleted."))
    return redirect("achievements:listing_list")


@login_required
@require_POST
def listing_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer publishes a submitted listing."""
    listing = _find(request, pk)
    if not may_review_listing(request.user, listing):
        raise PermissionDenied
    try:
        approve_listing(listing, by=cast("User", request.user), note=request.POST.get("note", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Published: “%(title)s”.") % {"title": listing.title})
    return redirect(_queue_of(listing))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_reject(request: HttpRequest, pk: int) -> HttpResponse:
    """A reviewer sends a listing back, with a reason from the list and a note."""
    listing = _find(request, pk)
    if not may_review_listing(request.user, listing):
        raise PermissionDenied
    form = RejectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            reject_listing(listing, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Sent back: “%(title)s”.") % {"title": listing.title})
            return redirect(_queue_of(listing))
    status = 422 if form.errors else 200
    context = {"form": form, "listing": listing}
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
