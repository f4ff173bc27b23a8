"""The owner's buttons."""

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import User
from achievements.forms.handling import missed_at
from achievements.models import Listing
from achievements.permissions import may_edit_listing
from achievements.services import (
    close_listing,
    discard_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
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


def find_listing(request: HttpRequest, pk: int) -> Listing:
    """The listing, if this user may see it; else a 404."""
    rows = Listing.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(rows, pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_transition(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Ask once more (GET), or move a listing along its life (POST)."""
    listing = find_listing(request, pk)
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
        if hasattr(error, "error_dict") and verb == "submit":
            return _to_what_is_missing(request, listing, error)
        for text in error.messages:
            messages.error(request, text)
    else:
        done = DONE[verb]
        if verb == "submit" and listing.state == Listing.State.PUBLISHED:
            done = gettext_lazy("Published.")
        messages.success(request, done)
    return redirect(listing)


def _to_what_is_missing(
    request: HttpRequest, listing: Listing, error: ValidationError
) -> HttpResponse:
    """Say which fields a draft still lacks, at the first of them in the form."""
    full = getattr(listing, listing.kind)
    missed = {
        missed_at(name, lambda each: getattr(full, each)): texts
        for name, texts in error.message_dict.items()
    }
    for name, texts in missed.items():
        label = str(full._meta.get_field(name).verbose_name)
        for text in texts:
            messages.error(request, f"{label[:1].upper()}{label[1:]}: {text}")
    form = reverse(f"achievements:{listing.kind}_update", args=[listing.pk])
    return redirect(f"{form}#id_{next(iter(missed))}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then delete a draft that was never published."""
    listing = find_listing(request, pk)
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
