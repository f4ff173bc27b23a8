"""The parts of the moderators' desk, with how much waits in each."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from achievements.models import Appeal, Listing, Report
from achievements.services import stale_listings

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def moderation_tabs(user: "AnyUser", current: str) -> list[dict[str, Any]]:
    """Items of ``c-tabs``; a query for each. Curators who do not moderate have no queue here:
    theirs is the expert pool."""
    parts: list[tuple[str, str, str, Any]] = []
    if user.is_authenticated and user.moderates:
        waiting = Listing.objects.visible_to(user).awaiting_review().exclude(kind="expert")
        parts.append(("queue", _("To review"), "moderation_queue", waiting))
    parts += [
        ("reports", _("Reports"), "report_list", Report.objects.visible_to(user).open()),
        ("appeals", _("Appeals"), "appeal_list", Appeal.objects.waiting_for(user).open()),
    ]
    parts.append(
        ("stale", _("Stale"), "stale_list", stale_listings(Listing.objects.reviewed_by(user)))
    )
    return [
        {
            "label": label,
            "url": reverse(f"achievements:{name}"),
            "current": key == current,
            "count": rows.count(),
        }
        for key, label, name, rows in parts
    ]
