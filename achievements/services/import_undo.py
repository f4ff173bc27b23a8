"""Taking an import back: what it made goes, what it changed is as before."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.services import record_audits
from achievements.importing.columns import MODELS
from achievements.models import Attachment, ImportRun, Listing, ListingVersion
from achievements.services.content import discard_listing
from achievements.services.import_restoring import put_back_many
from achievements.services.lifecycle import withdraw_listing, withdraw_listings
from achievements.services.versions import restore_version

Verb = Callable[[ImportRun, User, Listing], bool | None]
_KEPT = 50  # listings named that were left as they are


def take_back(run: ImportRun) -> ImportRun:
    """Undo an import by the batch, and one by one what is special; safe to repeat after a crash,
    for what is undone already is left alone.

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
        created, updated = event.data.get("created", []), event.data.get("updated", [])
        done = _undo_batch(run, by, created, updated) if by is not None else set()
        undone += len(done)
        for verb, keys in ((_take_away, created), (_put_back, updated)):
            there = Listing.objects.filter(pk__in=set(keys) - done)
            for pk in there.order_by("pk").values_list("pk", flat=True):
                went = by is not None and _try(verb, run, by, pk)
                undone += bool(went)
                if went is False:
                    kept.append(pk)
        run.report = run.report | {"undone": undone}
        run.save(update_fields=["report"])  # counted, should this be broken off
    run.state = ImportRun.State.UNDONE
    run.report = run.report | {"undone": undone, "kept": kept[:_KEPT], "kept_count": len(kept)}
    run.finished_at = timezone.now()
    run.save(update_fields=["state", "report", "finished_at"])
    return run


def _undo_batch(run: ImportRun, by: User, created: list[int], updated: list[int]) -> set[int]:
    """Undo what nobody has touched since, all at once; returns which listings that were."""
    with transaction.atomic():
        later = ListingVersion.objects.filter(number__gt=1).exclude(import_run=run)
        touched = later.filter(listing__in=created).values_list("listing", flat=True)
        made = list(set(created) - set(touched))
        done = {*_take_drafts_away(run, by, made), *withdraw_listings(made, by=by)}
    return done | set(put_back_many(run, by=by, keys=sorted(set(updated) - done)))


def _take_drafts_away(run: ImportRun, by: User, keys: list[int]) -> list[int]:
    """Remove those of these listings that are drafts without files, and were always drafts."""
    drafts = Listing.objects.filter(
        pk__in=keys, state=Listing.State.DRAFT, published_at__isnull=True
    ).exclude(pk__in=Attachment.objects.filter(listing__in=keys).values("listing"))
    locked = list(drafts.select_for_update(of=("self",)))
    record_audits(by=by, verb="listing.discard", of=[(listing, {}) for listing in locked])
    gone = [listing.pk for listing in locked]
    MODELS[run.kind]._default_manager.filter(pk__in=gone).delete()  # whole rows: no query for each
    return gone


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
