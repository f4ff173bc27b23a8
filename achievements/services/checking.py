"""Files of listings that wait for the virus scanner."""

from django.db import transaction
from django.urls import reverse

from accounts.services import notify, record_audit
from accounts.services.checking import check_files, told_of
from accounts.storage import delete_after_commit
from achievements.models import Attachment, Listing
from achievements.services.notices import about, owners_of
from achievements.signals import listings_changed


def check_attachments(*, only: int | None = None, batch: int = 20) -> int:
    """Have files of listings checked that wait, or one of them; for worker and sweep.

    Returns how many were released or removed; nothing while the scanner is away.
    """
    rows = Attachment.objects.all()
    return check_files(rows if only is None else rows.filter(pk=only), _settle, batch)


@transaction.atomic
def _settle(attachment: Attachment, finding: str) -> None:
    """Release a file, or remove it, tell its uploader, and note it in the audit log.

    The listing is locked first, as by everybody who changes its files.
    """
    listing = Listing.objects.select_for_update().filter(pk=attachment.listing_id).first()
    rows = Attachment.objects.awaiting_check().select_related("uploaded_by")
    row = rows.filter(pk=attachment.pk, listing=listing).first()
    if listing is None or row is None:  # removed, or moved to another profile, meanwhile
        return
    if not finding:
        row.virus_check = row.Check.CLEAN
        row.save(update_fields=["virus_check"])
        return
    record_audit(
        by=None,
        verb="attachment.infected",
        obj=listing,
        organisation=listing.organisation,
        attachment=row.pk,
        sha256=row.sha256,
        finding=finding,
    )
    notify(
        recipients=told_of(row.uploaded_by, owners_of(listing)),
        kind="file_infected",
        key=f"attachment.infected:{row.pk}",
        path=reverse(f"achievements:{listing.kind}_detail", args=[listing.pk]),
        data=about(listing, file=row.name, finding=finding),
    )
    row.delete()
    listings_changed.send(Listing, listing_ids=[listing.pk])
    delete_after_commit(row.file)
