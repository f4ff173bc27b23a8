"""Images and files of a listing: what may be added, and who opened what."""

import hashlib
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from accounts.storage import delete_after_commit, is_no_room
from achievements.files import examine
from achievements.models import Attachment, Listing
from achievements.services.anonymity import file_says_any, own_names, says_any
from achievements.services.edits import note_edit
from achievements.services.text import clean_name, clean_text
from achievements.signals import listings_changed
from achievements.tasks import check_attachment

MAX_FILES = 20


@transaction.atomic
def add_attachment(
    listing: Listing, *, by: User, upload: File, layer: str, title: str = ""
) -> Attachment:
    """Add an image or file to a listing, in a layer of its own.

    The kind is read from the content, never from what the browser says. Images are written anew,
    without metadata; SVG and anything not on the list is refused, and so is a file that is too
    large, empty, already attached, one too many, or names the organisation of an anonymous demand.
    Where a virus scanner is set, nobody opens it before it was found clean; a worker asks after the
    commit, and the sweep finds what no message announced. Raises ValidationError. Audit event.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    if locked.attachments.count() >= MAX_FILES:
        raise ValidationError(
            _("A listing has at most %(count)d files.") % {"count": MAX_FILES}, code="max_files"
        )
    if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise ValidationError(
            _("The file is larger than %(limit)d MB.")
            % {"limit": settings.MAX_UPLOAD_BYTES // 1024**2},
            code="size",
        )
    upload.seek(0)
    name = clean_name(PurePath(str(upload.name or "").replace("\\", "/")).name)[-200:]
    content = examine(name, upload.read())
    names = own_names(locked)
    if says_any(title, names) or file_says_any(name, content.data, names):
        raise _names_organisation()
    digest = hashlib.sha256(content.data).hexdigest()
    attachment = Attachment(
        listing=locked,
        name=str(PurePath(name).with_suffix(content.ending)),
        title=clean_text(title),
        layer=layer,
        content_type=content.content_type,
        is_image=content.is_image,
        size=len(content.data),
        sha256=digest,
        uploaded_by=by,
        virus_check=Attachment.first_check(),
    )
    attachment.file = ContentFile(content.data, name=f"file{content.ending}")
    attachment.full_clean()
    _store(attachment)
    _touch(locked, by=by)
    record_audit(
        by=by,
        verb="attachment.add",
        obj=locked,
        organisation=locked.organisation,
        attachment=attachment.pk,
        layer=layer,
    )
    if attachment.is_held:
        transaction.on_commit(lambda: check_attachment.delay(attachment.pk), robust=True)
    return attachment


def _store(attachment: Attachment) -> None:
    """Save row and file; neither stays when one of them cannot be written."""
    given = attachment.file.name
    try:
        attachment.save()
    except Exception as error:
        if attachment.file.name != given:  # the storage has named, and so written, the file
            attachment.file.storage.delete(str(attachment.file.name))
        if isinstance(error, OSError) and not is_no_room(error):
            message = _("The file could not be stored just now. Please try again later.")
            raise ValidationError(message, code="storage") from error
        raise


@transaction.atomic
def change_attachment(attachment: Attachment, *, by: User, layer: str, title: str) -> Attachment:
    """Open a file to others, or close it; give it a title. Audit event with both layers.

    Raises ValidationError for what the fields do not take, when the title names the organisation
    of an anonymous demand, and when the file has been removed meanwhile.
    """
    listing = Listing.objects.select_for_update().get(pk=attachment.listing_id)
    if not Attachment.objects.select_for_update().filter(pk=attachment.pk).exists():
        raise ValidationError(_("This file has been removed meanwhile."), code="state")
    if says_any(title, own_names(listing)):
        raise _names_organisation()
    before = attachment.layer
    attachment.layer, attachment.title = layer, clean_text(title)
    attachment.full_clean(exclude=["uploaded_by"])
    attachment.save(update_fields=["layer", "title"])
    _touch(listing, by=by)
    record_audit(
        by=by,
        verb="attachment.update",
        obj=attachment.listing,
        organisation=attachment.listing.organisation,
        attachment=attachment.pk,
        before=before,
        after=layer,
    )
    return attachment


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: User) -> None:
    """Remove a file from its listing and, after the commit, from the disk. Audit event.

    What somebody else has removed meanwhile stays removed.
    """
    listing = Listing.objects.select_for_update().get(pk=attachment.listing_id)
    if not Attachment.objects.filter(pk=attachment.pk).exists():
        return
    _touch(listing, by=by)
    record_audit(
        by=by,
        verb="attachment.remove",
        obj=listing,
        organisation=listing.organisation,
        attachment=attachment.pk,
        sha256=attachment.sha256,
    )
    attachment.delete()
    delete_after_commit(attachment.file)


def _names_organisation() -> ValidationError:
    return ValidationError(
        _(
            "The file, its name or its title names your organisation. In an anonymous demand it "
            "must not."
        ),
        code="names_organisation",
    )


def record_opening(attachment: Attachment, *, by: User | None) -> None:
    """Write down that a file was opened which is not open to everyone."""
    if attachment.layer == Attachment.Layer.PUBLIC:
        return
    record_audit(
        by=by,
        verb="attachment.open",
        obj=attachment.listing,
        organisation=attachment.listing.organisation,
        attachment=attachment.pk,
        layer=attachment.layer,
    )


def shown_name(attachment: Attachment, *, named: bool) -> str:
    """The name under which a file is saved; without ``named`` it tells nothing of its owner."""
    if named:
        return attachment.name
    ending = PurePath(attachment.name).suffix
    return f"{attachment.listing.kind}-{attachment.listing_id}-file-{attachment.pk}{ending}"


def _touch(listing: Listing, *, by: User) -> None:
    """The listing, locked, has changed; reviewers and whoever derived something from it hear it."""
    now = timezone.now()
    Listing.objects.filter(pk=listing.pk).update(updated_at=now)
    listing.updated_at = now
    note_edit(listing, by=by)
    listings_changed.send(Listing, listing_ids=[listing.pk])
