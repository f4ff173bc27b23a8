"""Files to import and the virus scanner: none is read before it was found clean."""

import logging

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.antivirus import NotScannedError, ScannerUnavailableError, scan
from accounts.services import record_audit
from accounts.storage import delete_after_commit
from achievements.models import ImportRun

logger = logging.getLogger(__name__)


def may_be_read(run: ImportRun) -> bool:
    """Ask the scanner about the file of a run, where one is set; no row is locked meanwhile.

    False while the scanner is away: the run waits as it is, and the sweep asks again. Raises
    ValidationError for a file with malware (audit event ``import.infected``), and for one that the
    scanner does not take; either is removed. Of one that is gone its reader will tell.
    """
    if not settings.CLAMD_URL:
        return True
    try:
        with run.file.open("rb") as content:
            finding = scan(content)
    except FileNotFoundError:
        return True
    except ScannerUnavailableError as error:
        logger.warning("import %s waits: %s", run.pk, error)
        return False
    except NotScannedError as error:
        logger.error("import %s is not read: %s", run.pk, error)
        _remove_file(run)
        raise ValidationError(
            _("The file is too large for the virus scanner. Split it into smaller files."),
            code="unscanned",
        ) from error
    if finding:
        _remove_file(run, finding)
        raise ValidationError(
            _("The virus scanner found %(finding)s in this file."),
            code="infected",
            params={"finding": finding},
        )
    return True


@transaction.atomic
def _remove_file(run: ImportRun, finding: str = "") -> None:
    """Nobody is to read it later; whoever uploaded it reads why on the page of the import."""
    delete_after_commit(run.file)
    run.file = ""
    run.save(update_fields=["file"])
    if finding:
        record_audit(
            by=None,
            verb="import.infected",
            obj=run,
            organisation=run.organisation,
            finding=finding,
        )
