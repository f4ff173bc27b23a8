"""The versions of a listing: list, side by side, going back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import signed_in
from achievements.comparing import compare
from achievements.models import Listing, ListingVersion
from achievements.permissions import may_edit_listing, may_read_versions
from achievements.presentation import part_names
from achievements.services.versions import (
    changed_parts,
    last_seen_version,
    names_in,
    restore_version,
    versions_of,
)
from achievements.views.actions import find_listing

SHOWN = 100  # versions in the list


def _readable(request: HttpRequest, pk: int) -> Listing:
    listing = find_listing(request, pk)
    if not may_read_versions(request.user, listing):
        raise PermissionDenied
    return listing


@login_required
@require_safe
def version_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version with who, when and what changed, the newest first."""
    listing = _readable(request, pk)
    versions = versions_of(listing)[: SHOWN + 1]
    rows = []
    for version, before in zip(versions, [*versions[1:], None], strict=True):
        parts = changed_parts(listing.kind, before.content, version.content) if before else []
        rows.append(
            {"version": version, "before": before, "changed": part_names(listing.kind, parts)}
        )
    context = {
        "listing": listing,
        "rows": rows[:SHOWN],
        "newest": versions[0].number,
        "may_restore": may_edit_listing(request.user, listing),
    }
    return render(request, "achievements/version_list.html", context)


@login_required
@require_safe
def version_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions side by side: ``old`` and ``new``; by default the newest and the one before."""
    listing = _readable(request, pk)
    versions = {version.number: version for version in versions_of(listing)}
    newest = max(versions)
    new = _chosen(request, "new", versions, newest)
    old = _chosen(request, "old", versions, max(1, new.number - 1))
    parts = changed_parts(listing.kind, old.content, new.content)
    names = names_in(old.content, new.content)
    context = {
        "listing": listing,
        "old": old,
        "new": new,
        "numbers": sorted(versions, reverse=True),
        "rows": compare(listing.kind, old.content, new.content, parts, names),
        "newest": newest,
        "may_restore": may_edit_listing(request.user, listing),
    }
    return render(request, "achievements/version_compare.html", context)


@login_required
@require_safe
def listing_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What its owner changed since a reviewer last looked, side by side; else all versions."""
    listing = _readable(request, pk)
    seen = last_seen_version(listing)
    if seen is None:
        return redirect("achievements:version_list", pk=pk)
    newest = versions_of(listing)[0].number
    address = reverse("achievements:version_compare", args=[pk])
    return redirect(f"{address}?old={seen.number}&new={newest}")


def _chosen(
    request: HttpRequest, name: str, versions: dict[int, ListingVersion], default: int
) -> ListingVersion:
    text = request.GET.get(name, "")
    number = int(text) if text.isdecimal() and len(text) < 10 else 0 if text else default
    if number not in versions:
        raise Http404
    return versions[number]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def version_restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Ask once more (GET), then make an earlier version the newest one (POST)."""
    listing = find_listing(request, pk)
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    version = next((one for one in versions_of(listing) if one.number == number), None)
    if version is None:
        raise Http404
    if request.method != "POST":
        context = {"listing": listing, "version": version}
        return render(request, "achievements/version_restore.html", context)
    try:
        restore_version(listing, by=signed_in(request.user), number=number)
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
        return redirect("achievements:version_list", pk=pk)
    messages.success(request, _("Version %(number)d is the newest again.") % {"number": number})
    return redirect(listing)
