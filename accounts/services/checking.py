"""Files that wait for the virus scanner: released when it finds nothing, removed when it does."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.antivirus import NotScannedError, ScannerUnavailableError, scan
from accounts.models import OrganisationDocument, User
from accounts.querysets import CheckedFileQuerySet
from accounts.services.audit import record_audit
from accounts.services.notifications import notify, organisation_recipients
from accounts.storage import delete_after_commit

logger = logging.getLogger(__name__)


def check_files(rows: CheckedFileQuerySet, settle: Callable[[Any, str], None], batch: int) -> int:
    """Have those of ``rows`` that wait checked, the ones tried longest ago first.

    ``settle(row, finding)`` releases the file, or removes it where there is a finding; it must bear
    being called twice. A scanner that is away ends the round: nothing is released, and the next
    round asks again. No row is locked while the scanner looks. Returns how many were settled.
    """
    if not settings.CLAMD_URL:
        return 0
    settled = 0
    first = F("check_tried_at").asc(nulls_first=True)
    for row in rows.awaiting_check().order_by(first, "pk")[:batch]:
        rows.filter(pk=row.pk).update(check_tried_at=timezone.now())
        try:
            with row.file.open("rb") as content:
                finding = scan(content)
        except ScannerUnavailableError as error:
            logger.warning("files stay held: %s", error)
            break
        except (NotScannedError, OSError) as error:
            logger.error("%s %s stays held: %s", row._meta.label, row.pk, error)
            continue
        settle(row, finding)
        settled += 1
    return settled


def check_documents(*, only: int | None = None, batch: int = 20) -> int:
    """Have documents of organisations checked, or one of them; for worker and sweep."""
    rows = OrganisationDocument.objects.all()
    return check_files(rows if only is None else rows.filter(pk=only), _settle, batch)


@transaction.atomic
def _settle(document: OrganisationDocument, finding: str) -> None:
    """Release a document, or remove it, tell its uploader, and note it in the audit log."""
    rows = OrganisationDocument.objects.awaiting_check().select_for_update(of=("self",))
    row = rows.select_related("organisation", "uploaded_by").filter(pk=document.pk).first()
    if row is None:
        return
    if not finding:
        row.virus_check = row.Check.CLEAN
        row.save(update_fields=["virus_check"])
        return
    organisation = row.organisation
    record_audit(
        by=None,
        verb="organisation.document_infected",
        obj=organisation,
        organisation=organisation,
        document=row.pk,
        sha256=row.sha256,
        finding=finding,
    )
    notify(
        recipients=told_of(row.uploaded_by, organisation_recipients(organisation)),
        kind="document_infected",
        key=f"document.infected:{row.pk}",
        path=reverse("accounts:organisation_detail", args=[organisation.slug]),
        data={
            "name_en": organisation.name_en,
            "name_zh": organisation.name_zh,
            "file": row.name,
            "finding": finding,
        },
    )
    row.delete()
    delete_after_commit(row.file)


def told_of(uploader: User | None, others: list[User]) -> list[User]:
    """Who hears that a file was removed: who uploaded it, or the others where that one is gone."""
    return [uploader] if uploader is not None and uploader.is_active else others
