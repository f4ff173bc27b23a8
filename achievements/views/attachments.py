"""Files of a listing: opening, adding, changing, removing them."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.downloads import added_words, download
from accounts.models import User
from achievements.forms import AttachmentForm, AttachmentLayerForm
from achievements.models import Attachment, Listing
from achievements.permissions import may_edit_listing, may_see_organisation
from achievements.services import (
    add_attachment,
    change_attachment,
    record_opening,
    remove_attachment,
)
from achievements.services.attachments import shown_name


@require_GET
def attachment_download(request: HttpRequest, pk: int) -> FileResponse:
    """The file, to save; an image may also be shown in a page. Openings not public are audited.

    The name of a file may tell whose an anonymous demand is, so others get a neutral one.
    """
    rows = Attachment.objects.visible_to(request.user).select_related("listing__organisation")
    attachment = get_object_or_404(rows, pk=pk)
    user = request.user if request.user.is_authenticated else None
    name = shown_name(attachment, named=may_see_organisation(request.user, attachment.listing))
    response = download(attachment.file, name=name, content_type=attachment.content_type)
    record_opening(attachment, by=user)
    return response


def _listing_to_edit(request: HttpRequest, pk: int) -> Listing:
    """The listing, if this user may edit it; else a 404 or a 403."""
    listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=pk)
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    return listing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attachment_create(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for one file and its layer; what is refused says why."""
    listing = _listing_to_edit(request, pk)
    bound = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AttachmentForm(*bound)
    if form.is_valid():
        try:
            attachment = add_attachment(listing, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error("upload", error.messages)
        else:
            messages.success(request, added_words(held=attachment.is_held))
            return redirect(listing)
    status = 422 if form.errors else 200
    context = {"form": form, "listing": listing}
    return render(request, "achievements/attachment_form.html", context, status=status)


def _attachment_to_edit(request: HttpRequest, pk: int) -> Attachment:
    rows = Attachment.objects.visible_to(request.user).select_related("listing__organisation")
    attachment = get_object_or_404(rows, pk=pk)
    if not may_edit_listing(request.user, attachment.listing):
        raise PermissionDenied
    return attachment


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attachment_update(request: HttpRequest, pk: int) -> HttpResponse:
    """Change title and layer of a file."""
    attachment = _attachment_to_edit(request, pk)
    initial = {"layer": attachment.layer, "title": attachment.title}
    sent = request.POST if request.method == "POST" else None
    form = AttachmentLayerForm(sent, initial=initial)
    if form.is_valid():
        try:
            change_attachment(attachment, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The file has been changed."))
            return redirect(attachment.listing)
    context = {"form": form, "listing": attachment.listing, "attachment": attachment}
    status = 422 if form.errors else 200
    return render(request, "achievements/attachment_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def attachment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more, then remove a file."""
    attachment = _attachment_to_edit(request, pk)
    if request.method == "POST":
        remove_attachment(attachment, by=cast("User", request.user))
        messages.success(request, _("The file has been removed."))
        return redirect(attachment.listing)
    context = {"attachment": attachment, "listing": attachment.listing}
    return render(request, "achievements/attachment_confirm_delete.html", context)
