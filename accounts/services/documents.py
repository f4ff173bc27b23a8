"""Documents with which organisations show who they are, and the moderator's no."""

import hashlib
from contextlib import suppress
from io import BytesIO
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from accounts.images import BROKEN, MAX_PIXELS
from accounts.models import Organisation, OrganisationDocument, User
from accounts.services.audit import record_audit
from accounts.services.notifications import (
    administrator_recipients,
    notify,
    organisation_recipients,
)
from accounts.storage import delete_after_commit
from accounts.tasks import check_document

MOST = 8
MAX_BYTES = 10 * 1024 * 1024
_IMAGES = {"PNG": (".png", "image/png"), "JPEG": (".jpg", "image/jpeg")}
CONTENT_TYPES = ["application/pdf", *(kind for _ending, kind in _IMAGES.values())]


@transaction.atomic
def add_document(
    organisation: Organisation, *, by: User, kind: str, upload: File
) -> OrganisationDocument:
    """Add a PDF, PNG or JPEG of at most 10 MB; what it is, is read from its content.

    Where a virus scanner is set, nobody opens it before it was found clean. Where a moderator had
    declined, the organisation waits in the queue again and they are told. Raises
    ValidationError for other files, the same file again, or a ninth one.
    """
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.documents.count() >= MOST:
        raise ValidationError(_("At most %(count)d documents are kept.") % {"count": MOST})
    if (upload.size or 0) > MAX_BYTES:
        raise ValidationError(_("The document is larger than 10 MB."), code="size")
    upload.seek(0)
    data = upload.read()
    ending, content_type = _kind_of(data)
    given = "".join(sign for sign in str(upload.name or "") if sign.isprintable())
    stem = PurePath(given.replace("\\", "/")).stem[:150] or "document"
    document = OrganisationDocument(
        organisation=locked,
        kind=kind,
        name=f"{stem}{ending}",
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        uploaded_by=by,
        virus_check=OrganisationDocument.first_check(),
    )
    document.file = ContentFile(data, name=f"file{ending}")
    document.full_clean()
    document.save()
    record_audit(
        by=by,
        verb="organisation.document_add",
        obj=locked,
        organisation=locked,
        document=document.pk,
        sha256=document.sha256,
    )
    if locked.declined_at is not None:
        _wait_again(locked, document)
    if document.is_held:
        transaction.on_commit(lambda: check_document.delay(document.pk), robust=True)
    return document


def _kind_of(data: bytes) -> tuple[str, str]:
    if data.startswith(b"%PDF-"):
        return ".pdf", "application/pdf"
    with suppress(*BROKEN), Image.open(BytesIO(data), formats=list(_IMAGES)) as image:
        if image.width * image.height <= MAX_PIXELS:
            image.load()  # all of it: half a file is none
            return _IMAGES[str(image.format)]
    raise ValidationError(_("Choose a PDF, a PNG or a JPEG."), code="kind")


def _wait_again(organisation: Organisation, document: OrganisationDocument) -> None:
    organisation.declined_at, organisation.declined_reason = None, ""
    organisation.save(update_fields=["declined_at", "declined_reason"])
    notify(
        recipients=administrator_recipients("moderator", outside=organisation),
        kind="organisation_waits_again",
        key=f"organisation.waits:{organisation.pk}:{document.pk}",
        path=reverse("accounts:organisation_detail", args=[organisation.slug]),
        data={"name_en": organisation.name_en, "name_zh": organisation.name_zh},
    )


@transaction.atomic
def remove_document(document: OrganisationDocument, *, by: User) -> None:
    """Remove it, and after the commit its file. The audit keeps its checksum."""
    record_audit(
        by=by,
        verb="organisation.document_remove",
        obj=document.organisation,
        organisation=document.organisation,
        document=document.pk,
        sha256=document.sha256,
    )
    document.delete()
    delete_after_commit(document.file)


def record_document_opening(document: OrganisationDocument, *, by: User) -> None:
    """Who opens a document of an organisation is written down, in its own audit log, too."""
    record_audit(
        by=by,
        verb="organisation.document_open",
        obj=document.organisation,
        organisation=document.organisation,
        document=document.pk,
    )


@transaction.atomic
def decline_verification(organisation: Organisation, *, by: User, reason: str) -> Organisation:
    """Say that what an organisation shows is not enough; its owners and editors read why.

    It leaves the queue until it adds a document. Raises ValidationError without a reason, or when
    it is verified or was declined before.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why, so that the organisation can act on it.")})
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.is_verified or locked.declined_at is not None:
        raise ValidationError(_("This organisation does not wait for a decision."), code="state")
    locked.declined_at, locked.declined_reason = timezone.now(), reason
    locked.full_clean()
    locked.save()
    event = record_audit(
        by=by, verb="organisation.decline", obj=locked, organisation=locked, reason=reason
    )
    notify(
        recipients=organisation_recipients(locked),
        kind="organisation_declined",
        key=f"organisation.declined:{locked.pk}:{event.pk}",
        path=reverse("accounts:organisation_detail", args=[locked.slug]),
        data={"name_en": locked.name_en, "name_zh": locked.name_zh, "reason": reason},
    )
    return locked
