"""The shortlist of the user's organisations, and listings beside each other."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import ListView

from accounts.context_processors import Viewer
from accounts.models import User
from accounts.permissions import may_post_for
from accounts.views.base import safe_next
from achievements.cards import card_of
from achievements.models import Listing
from achievements.permissions import Reader
from achievements.services import record_reading
from matching.comparison import FEWEST, MOST, compare, listings_for, wanted_ids
from matching.filtersets import ShortlistFilterSet
from matching.forms import ShortlistNoteForm
from matching.models import ShortlistEntry
from matching.services.shortlist import (
    add_to_shortlist,
    note_on_shortlist,
    remove_from_shortlist,
)


class ShortlistView(LoginRequiredMixin, ListView):
    """What the user's organisations have put on their lists, the latest first."""

    template_name = "matching/shortlist.html"
    paginate_by = 50

    def get_queryset(self) -> Any:
        """The own organisations' entries, as far as their listings can be seen."""
        rows = ShortlistEntry.objects.visible_to(self.request.user)
        self.filterset = ShortlistFilterSet(self.request.GET, rows, request=self.request)
        return self.filterset.qs.with_details() if self.filterset.is_valid() else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each entry as a card with its note."""
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        reader = Reader(self.request.user)
        context["rows"] = [
            {
                "entry": entry,
                "card": card_of(entry.listing, reader),
                "may_edit": entry.organisation_id in reader.posting_ids,
                "form": ShortlistNoteForm(
                    initial={"note": entry.note}, auto_id=f"id_{entry.pk}_%s"
                ),
            }
            for entry in context["object_list"]
        ]
        organisations = {row["entry"].organisation_id for row in context["rows"]}
        context["several"] = len(organisations) > 1
        return context


@login_required
@require_POST
def listing_shortlist(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Put a listing on the acting organisation's list (``add``) or take it off (``remove``)."""
    if verb not in ("add", "remove"):
        raise Http404
    listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=pk)
    viewer, by = Viewer(request), cast("User", request.user)
    organisation = viewer.active_organisation
    if organisation is None or not viewer.may_post:
        raise PermissionDenied
    said = ""
    if verb == "add":
        try:
            add_to_shortlist(listing=listing, organisation=organisation, by=by)
        except ValidationError as error:
            said = " ".join(error.messages)
    else:
        rows = ShortlistEntry.objects.filter(organisation=organisation, listing=listing)
        for entry in rows:
            remove_from_shortlist(entry, by=by)
    if request.htmx and not said:  # type: ignore[attr-defined]
        context = {"listing": listing, "on": verb == "add", "place": request.GET.get("place", "")}
        return render(request, "matching/_shortlist_button.html", context)
    if said:
        messages.error(request, said)
    elif verb == "add":
        messages.success(request, _("Put on the shortlist."))
    else:
        messages.success(request, _("Taken off the shortlist."))
    target = safe_next(request, reverse("matching:shortlist"))
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": target})
    return redirect(target)


def _own_entry(request: HttpRequest, pk: int) -> ShortlistEntry:
    rows = ShortlistEntry.objects.visible_to(request.user).select_related("organisation")
    entry = get_object_or_404(rows, pk=pk)
    if not may_post_for(request.user, entry.organisation):
        raise PermissionDenied
    return entry


@login_required
@require_POST
def shortlist_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the note of an entry."""
    entry = _own_entry(request, pk)
    form = ShortlistNoteForm(request.POST)
    if form.is_valid():
        note_on_shortlist(entry, by=cast("User", request.user), **form.cleaned_data)
        messages.success(request, _("The note is saved."))
    else:
        for errors in form.errors.values():
            messages.error(request, " ".join(str(error) for error in errors))
    return redirect(safe_next(request, reverse("matching:shortlist")))


@login_required
@require_POST
def shortlist_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an entry off the list."""
    remove_from_shortlist(_own_entry(request, pk), by=cast("User", request.user))
    messages.success(request, _("Taken off the shortlist."))
    return redirect(safe_next(request, reverse("matching:shortlist")))


@require_GET
def compare_listings(request: HttpRequest) -> HttpResponse:
    """Two to four listings beside each other, as far as this reader may see them.

    The address names them (``ids=3,7``), so it can be passed on: everybody sees their own layers.
    """
    ids = wanted_ids(request.GET.getlist("ids"))
    if len(request.GET.getlist("ids")) > 1:
        return redirect(_address(ids))
    listings = listings_for(request.user, ids)
    record_reading(listings, by=request.user if request.user.is_authenticated else None)
    shown = compare(listings, Reader(request.user)) if len(listings) >= FEWEST else None
    context: dict[str, Any] = {
        "few": shown is None,
        "left_out": len(ids[:MOST]) - len(listings) if ids else 0,
        "too_many": len(ids) > MOST,
        "most": MOST,
        "only_differences": request.GET.get("only") == "differences",
    }
    if shown is not None:
        chosen = [listing.pk for listing in listings]
        for column in shown["columns"]:
            column["without"] = _address([pk for pk in chosen if pk != column["id"]])
        context |= shown | {
            "all_url": _address(chosen),
            "differences_url": f"{_address(chosen)}&only=differences",
        }
        for row in shown["rows"]:
            row["pairs"] = list(zip(shown["columns"], row["cells"], strict=True))
    return render(request, "matching/compare.html", context)


def _address(ids: list[int]) -> str:
    return f"{reverse('matching:compare')}?ids={','.join(str(pk) for pk in ids)}"
