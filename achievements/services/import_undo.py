"""Taking an import back: what it made goes, what it changed is as before."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services import record_audit
from achievements.models import Attachment, ImportRun, Listing, ListingVersion
from achievements.services.content import discard_listing
from achievements.services.lifecycle import withdraw_listing
from achievements.services.versions import restore_version

Verb = Callable[[ImportRun, User, Listing], bool | None]
_KEPT = 50  # listings named that were left as they are


def take_back(run: ImportRun) -> ImportRun:
    """Undo an import, drafts by the batch and others one by one; safe to repeat after a crash, for
    what is undone already is left alone.

    A draft that it made is removed, a submitted or published listing withdrawn; one that it changed
    or that a row was merged into gets its former content back, its own number included. What
    somebody has changed since stays as it is and is named in the report (``kept``). Who asked for
    it is ``run.created_by``.
    """
    by = run.created_by
    events = AuditEvent.objects.filter(
        verb="listing.import", object_type=ImportRun._meta.label_lower, object_id=run.pk
    )
    kept: list[int] = []
    undone = int(run.report.get("undone", 0))
    for event in events.order_by("pk"):
        undone += _take_drafts_away(run, by, event.data.get("created", []))
        for verb, keys in (("created", _take_away), ("updated", _put_back)):
            there = Listing.objects.filter(pk__in=event.data.get(verb, []))
            for pk in there.order_by("pk").values_list("pk", flat=True):
                done = by is not None and _try(keys, run, by, pk)
                undone += bool(done)
                if done is False:
                    kept.append(pk)
        run.report = run.report | {"undone": undone}
        run.save(update_fields=["report"])  # counted, should this be broken off
    run.state = ImportRun.State.UNDONE
    run.report = run.report | {"undone": undone, "kept": kept[:_KEPT], "kept_count": len(kept)}
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "report", "finished_at"])
    return run


@transaction.atomic
def _take_drafts_away(run: ImportRun, by: User | None, keys: list[int]) -> int:
    """Remove the drafts of one batch that nobody has touched, all at once; returns how many."""
    later = ListingVersion.objects.filter(number__gt=1).exclude(import_run=run)
    drafts = Listing.objects.filter(
        pk__in=keys, state=Listing.State.DRAFT, published_at__isnull=True
    ).exclude(pk__in=later.filter(listing__in=keys).values("listing"))
    locked = list(drafts.select_for_update(of=("self",)).select_related("organisation"))
    if by is None or Attachment.objects.filter(listing__in=locked).exists():
        return 0  # one by one, with their files
    for listing in locked:
        record_audit(by=by, verb="listing.discard", obj=listing, organisation=listing.organisation)
    Listing.objects.filter(pk__in=[listing.pk for listing in locked]).delete()
    return len(locked)


def _try(verb: Verb, run: ImportRun, by: User, pk: int) -> bool | None:
    """Whether it was undone; None where there was nothing to undo any more."""
    listing = Listing.objects.filter(pk=pk).first()
    if listing is None:
        return None
    try:
        with transaction.atomic():
            return verb(run, by, listing)
    except ValidationError:
        return False


def _take_away(run: ImportRun, by: User, listing: Listing) -> bool | None:
    """Remove a draft nobody has touched, withdraw what was handed in or published."""
    if listing.state in (Listing.State.WITHDRAWN, Listing.State.CLOSED):
        return None
    later = ListingVersion.objects.filter(listing=listing, number__gt=1)
    if later.exclude(import_run=run).exists():  # another row of the file may have been merged in
        return False
    if listing.state == Listing.State.DRAFT and listing.published_at is None:
        discard_listing(listing, by=by)
    else:
        withdraw_listing(listing, by=by)
    return True


def _put_back(run: ImportRun, by: User, listing: Listing) -> bool | None:
    """The content before the import, unless there is a version after it."""
    versions = ListingVersion.objects.filter(listing=listing).order_by("-number")
    newest = versions.first()
    made = versions.filter(import_run=run).order_by("number").first()
    if newest is None or made is None or made.number == 1:
        return False
    if newest.restored_from == made.number - 1:
        return None
    if newest.import_run_id != run.pk:
        return False
    restore_version(listing, by=by, number=made.number - 1, own_number=True)
    return True
