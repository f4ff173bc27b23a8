"""Changes that a reviewer has not seen: they stay live, and the listing goes before a reviewer."""

from collections.abc import Collection

from django.utils import timezone

from accounts.models import AuditEvent, User
from achievements.models import Listing
from achievements.permissions import may_review_listing, needs_no_review
from achievements.services.notices import tell_changed

_REVIEWED_STATES = (Listing.State.IN_REVIEW, Listing.State.PUBLISHED, Listing.State.EXPIRED)
FILES = "attachments"
_EDITS = ("listing.update", "attachment.add", "attachment.update", "attachment.remove")


def needs_another_look(listing: Listing, *, by: User | None) -> bool:
    """Whether a change ``by`` this user concerns a reviewer.

    It does once the listing was handed in, unless it needs no review at all, or who
    changes it could review it. The platform itself (None) answers for what it does.
    """
    if by is None or listing.state not in _REVIEWED_STATES:
        return False
    if needs_no_review(listing):
        return False
    return not may_review_listing(by, listing)


def note_edit(listing: Listing, *, by: User | None) -> None:
    """Mark a listing whose content was just changed, where a reviewer must look at it again.

    The mark keeps the time of the first change not looked at; with it, reviewers of a live listing
    are told. Must run inside the transaction of the change, before its audit event.
    """
    if listing.edited_at is not None or not needs_another_look(listing, by=by):
        return
    listing.edited_at = timezone.now()
    Listing.objects.filter(pk=listing.pk).update(edited_at=listing.edited_at)
    if listing.state == Listing.State.PUBLISHED:
        tell_changed(listing)


def unseen_changes(listings: Collection[Listing]) -> dict[int, list[str]]:
    """Of each listing with ``edited_at``, the names of what changed since; one query for all.

    Names are those of the model's fields and relations, ``attachments`` for its files.
    """
    since = {one.pk: one.edited_at for one in listings if one.edited_at is not None}
    names: dict[int, list[str]] = {pk: [] for pk in since}
    if not since:
        return names
    events = AuditEvent.objects.filter(
        object_type=Listing._meta.label_lower,
        object_id__in=since,
        verb__in=_EDITS,
        at__gte=min(since.values()),
    ).order_by("at", "pk")
    for event in events:
        if event.at >= since[event.object_id]:
            names[event.object_id] += changed_names(event)
    return {pk: list(dict.fromkeys(found)) for pk, found in names.items()}


def changed_names(event: AuditEvent) -> list[str]:
    """What an event of the audit trail says to have changed of a listing."""
    if event.verb == "listing.update":
        return [str(name) for name in event.data.get("changed", [])]
    return [FILES] if event.verb in _EDITS else []
