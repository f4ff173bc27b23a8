"""Merging two profiles of one person, and parting them again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import (
    Attachment,
    Claim,
    DeclaredConflict,
    Expert,
    ExpertMerge,
    Inventor,
    Listing,
)
from achievements.services.content import parent_of, update_listing
from achievements.services.snapshots import snapshot
from achievements.services.versions import values_of
from achievements.signals import listings_changed


@transaction.atomic
def merge_experts(
    keep: Expert, other: Expert, *, by: User, values: Mapping[str, Any] | None = None
) -> Expert:
    """Make one profile of two: ``keep`` stays with ``values`` chosen field by field.

    What ``values`` does not name stays as ``keep`` has it, but fields of classification are joined.
    Inventions, files, claims, declared conflicts and the claiming user move to ``keep``; ``other``
    is withdrawn and remembers where it went, so its address leads there. Audit events on both.
    Raises ValidationError when both have been claimed, or one was merged before; then nothing
    changes.
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
    record = ExpertMerge(keep=keep, other=other, by=by, before=_before(keep, other))
    chosen = {"fields": [*keep.fields.all(), *other.fields.all()], **(values or {})}
    chosen["fields"] = list({term.pk: term for term in chosen["fields"]}.values())
    _retire(other, keep)
    record.moved = _move_links(other, keep)
    kept = update_listing(keep, by=by, values=chosen)
    if kept.user_id != (user.pk if user else None):
        kept.user = user
        kept.save(update_fields=["user"])
    record.written = snapshot(kept)
    record.save()
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


def _move_links(other: Expert, keep: Expert) -> dict[str, list[int]]:
    """Point at ``keep`` whatever pointed at ``other``; what ``keep`` has already is left behind.

    Returns the numbers of what was moved.
    """
    there = Inventor.objects.filter(expert=keep).values("achievement")
    hashes = keep.attachments.values("sha256")
    asked = keep.claims.filter(decided_at__isnull=True).values("user")
    declared = keep.conflicts.values("organisation")
    rows: dict[str, Any] = {
        "inventors": Inventor.objects.filter(expert=other).exclude(achievement__in=there),
        "attachments": Attachment.objects.filter(listing=other).exclude(sha256__in=hashes),
        "claims": Claim.objects.filter(expert=other).exclude(user__in=asked),
        "conflicts": other.conflicts.exclude(organisation__in=declared),
        "merged": Expert.objects.filter(merged_into=other),
    }
    moved = {name: sorted(found.values_list("pk", flat=True)) for name, found in rows.items()}
    Inventor.objects.filter(pk__in=moved["inventors"]).update(expert=keep)
    Attachment.objects.filter(pk__in=moved["attachments"]).update(listing=keep)
    Claim.objects.filter(pk__in=moved["claims"]).update(expert=keep)
    DeclaredConflict.objects.filter(pk__in=moved["conflicts"]).update(expert=keep)
    other.invitations.all().delete()  # their links lead to a profile that is gone
    Expert.objects.filter(pk__in=moved["merged"]).update(merged_into=keep)
    return moved


def _before(keep: Expert, other: Expert) -> dict[str, Any]:
    """What the merger is going to change of both, besides what it moves."""
    return {
        "content": snapshot(keep),
        "user": keep.user_id,
        "other": {
            "state": other.state,
            "ended_at": other.ended_at.isoformat() if other.ended_at else None,
            "user": other.user_id,
        },
    }


@transaction.atomic
def unmerge_experts(record: ExpertMerge, *, by: User) -> Expert:
    """Part two profiles again; returns the one that comes back, as it was.

    The kept profile gets back what the merger changed of it, field by field, unless that has been
    changed since. Inventions, files, claims and conflicts that had moved go back. Raises
    ValidationError when it was undone before, or one of the two has been merged further or erased.
    """
    record = ExpertMerge.objects.select_for_update().get(pk=record.pk)
    rows = Expert.objects.select_for_update(of=("self",)).order_by("pk")
    both = {row.pk: row for row in rows.filter(pk__in=[record.keep_id, record.other_id])}
    keep, other = both[record.keep_id], both[record.other_id]
    erased = keep.erased_at or other.erased_at
    if record.undone_at or other.merged_into_id != keep.pk or keep.merged_into_id or erased:
        raise ValidationError(_("This merger cannot be undone any more."), code="state")
    now, was = timezone.now(), record.before["other"]
    state = was["state"]
    if keep.user_id is not None and keep.user_id == was["user"]:
        keep.user = User.objects.filter(pk=record.before["user"]).first()
        keep.save(update_fields=["user"])
        other.user = User.objects.filter(pk=was["user"]).first()
    _give_back(record, keep, by)
    other.merged_into, other.state, other.updated_at = None, state, now
    other.ended_at = datetime.fromisoformat(was["ended_at"]) if was["ended_at"] else None
    other.save()
    Inventor.objects.filter(pk__in=record.moved["inventors"], expert=keep).update(expert=other)
    Attachment.objects.filter(pk__in=record.moved["attachments"], listing=keep).update(
        listing=other
    )
    Claim.objects.filter(pk__in=record.moved["claims"], expert=keep).update(expert=other)
    conflicts = record.moved.get("conflicts", [])  # older mergers left them behind
    DeclaredConflict.objects.filter(pk__in=conflicts, expert=keep).update(expert=other)
    Expert.objects.filter(pk__in=record.moved["merged"], merged_into=keep).update(merged_into=other)
    record.undone_by, record.undone_at = by, now
    record.save(update_fields=["undone_by", "undone_at"])
    for row, data in ((keep, {"parted": other.pk}), (other, {"parted_from": keep.pk})):
        record_audit(
            by=by,
            verb="expert.unmerge",
            obj=parent_of(row),
            organisation=row.organisation,
            **data,
        )
    listings_changed.send(Listing, listing_ids=[keep.pk, other.pk])
    return other


def _give_back(record: ExpertMerge, keep: Expert, by: User) -> None:
    """What the merger wrote into the kept profile, and nobody has changed since."""
    old, written, now = record.before["content"], record.written, snapshot(keep)
    before = values_of(Expert, old)
    values = {
        name: before[name]
        for name, value in old["values"].items()
        if name in before
        and value != written["values"].get(name)
        and now["values"].get(name) == written["values"].get(name)
    }
    if old["fields"] != written["fields"] == now["fields"]:
        values["fields"] = before["fields"]
    if values:
        update_listing(keep, by=by, values=values)
