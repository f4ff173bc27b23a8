"""Listings that have gone stale: the reviewers' list, asking by one click, the owner's answer."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts.models import User
from achievements.models import Listing, OwnerAsk
from achievements.permissions import may_edit_listing
from achievements.querysets.stale import NOBODY, PARTS
from achievements.services import ask_owner, confirm_still_valid, stale_listings, stale_parts
from achievements.services.staleness import ASK_AGAIN
from achievements.views.actions import find_listing
from achievements.views.moderation import QueueView

SHORT_PARTS = {
    "price": gettext_lazy("Old price"),
    "figures": gettext_lazy("Old figures"),
    "contact": gettext_lazy("Lost contact"),
    "reply": gettext_lazy("No reply"),
    NOBODY: gettext_lazy("Nobody to ask"),
}


class StaleListView(QueueView):
    """Listings whose price, figures or contact are old, or that owe a reply."""

    template_name = "achievements/stale_list.html"
    tab = "stale"

    @property
    def part(self) -> str:
        """Which kind of staleness is asked for; empty: any."""
        wanted = self.request.GET.get("part", "")
        return wanted if wanted in (*PARTS, NOBODY) else ""

    def get_queryset(self) -> Any:
        """Those the reviewer's role decides on, the longest unchanged first."""
        rows = stale_listings(Listing.objects.reviewed_by(self.request.user), self.part)
        return rows.select_related("organisation")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each with what is stale in words, and whether its owner may be asked (again)."""
        context = super().get_context_data(
            part=self.part, parts=[("", _("All")), *SHORT_PARTS.items()], **kwargs
        )
        again = timezone.now() - ASK_AGAIN
        context["rows"] = [
            {
                "listing": row,
                "reasons": [OwnerAsk.Reason(name).label for name in stale_parts(row)],
                "nobody": row.stale_nobody,
                "may_ask": row.asked_at is None or row.asked_at < again,
            }
            for row in context["object_list"]
        ]
        return context


@login_required
@require_POST
def listing_ask_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the owners of a stale listing whether it still holds."""
    listing = get_object_or_404(Listing.objects.reviewed_by(request.user), pk=pk)
    try:
        ask_owner(listing, by=cast("User", request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Asked: “%(title)s”.") % {"title": listing.title})
    return redirect("achievements:stale_list")


@login_required
@require_POST
def listing_still_valid(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner says that it still holds."""
    listing = find_listing(request, pk)
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    try:
        confirm_still_valid(listing, by=cast("User", request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Thank you. It counts as confirmed today."))
    return redirect(listing)
