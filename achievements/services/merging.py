"""Merging two profiles of one person."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import Attachment, Claim, Expert, Inventor, Listing
from achievements.services.content import parent_of, update_listing
from achievements.signals import listings_changed


@transaction.atomic
def merge_experts(
    keep: Expert, other: Expert, *, by: User, values: Mapping[str, Any] | None = None
) -> Expert:
    """Make one profile of two: ``keep`` stays with ``values`` chosen field by field.

    What ``values`` does not name stays as ``keep`` has it, but fields of classification are joined.
    Inventions, files, claims and the claiming user move to ``keep``; ``other`` is withdrawn and
    remembers where it went, so its address leads there. Audit events on both. Raises
    ValidationError when both have been claimed, or one was merged before; then nothing changes.
    """
    rows = Expert.objects.select_for_update(of=("self",)).order_by("pk")
    locked = {row.pk: row for row in rows.filter(pk__in=[keep.pk, other.pk])}
    if len(locked) != 2:
        raise ValidationError(_("Choose two different profiles."), code="merge")
    keep, other = locked[keep.pk], locked[other.pk]
    if keep.merged_into_id is not None or other.merged_into_id is not None:
        raise ValidationError(_("One of these profiles was merged before."), code="merge")
    if keep.user_id is not None and other.user_id is not None:
        raise ValidationError(
            _("Both profiles have been claimed, by different users. Ask them first."), code="merge"
        )
    user = keep.user or other.user
    chosen = {"fields": [*keep.fields.all(), *other.fields.all()], **(values or {})}
    chosen["fields"] = list({term.pk: term for term in chosen["fields"]}.values())
    _retire(other, keep)
    _move_links(other, keep)
    kept = update_listing(keep, by=by, values=chosen)
    if kept.user_id != (user.pk if user else None):
        kept.user = user
        kept.save(update_fields=["user"])
    for row, data in ((kept, {"merged": other.pk}), (other, {"merged_into": kept.pk})):
        record_audit(
            by=by,
            verb="expert.merge",
            obj=parent_of(row),
            organisation=row.organisation,
            **data,
        )
    listings_changed.send(Listing, listing_ids=[kept.pk, other.pk])
    return kept


def _retire(other: Expert, keep: Expert) -> None:
    """Take ``other`` out of every door; its ORCID iD and its user are free for ``keep``."""
    now = timezone.now()
    other.merged_into, other.user = keep, None
    other.state, other.ended_at, other.updated_at = Listing.State.WITHDRAWN, now, now
    other.save()


def _move_links(other: Expert, keep: Expert) -> None:
    """Point at ``keep`` whatever pointed at ``other``; what ``keep`` has already is left behind."""
    there = Inventor.objects.filter(expert=keep).values("achievement")
    Inventor.objects.filter(expert=other).exclude(achievement__in=there).update(expert=keep)
    hashes = keep.attachments.values("sha256")
    Attachment.objects.filter(listing=other).exclude(sha256__in=hashes).update(listing=keep)
    asked = keep.claims.filter(decided_at__isnull=True).values("user")
    Claim.objects.filter(expert=other).exclude(user__in=asked).update(expert=keep)
    other.invitations.all().delete()  # their links lead to a profile that is gone
    Expert.objects.filter(merged_into=other).update(merged_into=keep)
