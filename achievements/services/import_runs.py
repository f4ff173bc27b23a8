"""Imports by upload: check first, confirm, import; a worker does it, and may be killed doing it."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.services import record_audit
from accounts.storage import delete_after_commit, is_no_room
from achievements.importing.files import MEGABYTE
from achievements.importing.problems import Report, in_every_language
from achievements.models import ImportRun
from achievements.services.import_columns import choose_columns, remembered
from achievements.services.import_fixing import add_corrections, locked_in
from achievements.services.import_keeping import RowKeeper
from achievements.services.import_options import ImportOptions
from achievements.services.import_progress import Progress
from achievements.services.import_scanning import may_be_read
from achievements.services.import_undo import take_back
from achievements.services.importing import import_file
from achievements.services.text import clean_name
from achievements.tasks import run_import as run_import_task

logger = logging.getLogger(__name__)
State = ImportRun.State

# What an upload may unpack to; the command line may read more.
MAX_UNPACKED = 200 * MEGABYTE
# Text files up to here are checked at once, in well under a second.
AT_ONCE_BYTES = 64 * 1024
# A run that kills its worker is not tried for ever.
MAX_ATTEMPTS = 3
_LOCK = 0x696D7270


@transaction.atomic
def upload_import(
    *,
    by: User,
    kind: str,
    organisation: Organisation | None,
    file: UploadedFile,
    mode: str = ImportRun.Mode.SKIP_BAD,
    publication: str = ImportRun.Publication.DRAFT,
    duplicates: str = ImportRun.Duplicates.SKIP,
    confirm: bool = False,
) -> ImportRun:
    """Keep a file and have it checked; with ``confirm`` it is imported without a further question.

    Raises ValidationError for a file that is empty or larger than MAX_UPLOAD_MB. Audit event
    ``import.upload``. Small text files are done when this returns and the transaction ends.
    """
    if not file.size:
        raise ValidationError({"file": _("The file is empty.")})
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise ValidationError(
            {
                "file": ValidationError(
                    _("The file is larger than %(limit)s MB. Split it, or pack it with gzip."),
                    params={"limit": settings.MAX_UPLOAD_BYTES // MEGABYTE},
                )
            }
        )
    run = ImportRun(
        kind=kind,
        organisation=organisation,
        created_by=by,
        name=clean_name(file.name or "")[-255:],
        mode=mode,
        publication=publication,
        duplicates=duplicates,
        state=State.CONFIRMED if confirm else State.UPLOADED,
        mapping=remembered(kind, organisation),
    )
    run.file = file
    run.full_clean(exclude=["organisation", "created_by"])
    run.save()
    record_audit(by=by, verb="import.upload", obj=run, organisation=organisation)
    _hurry(run)
    return run


@transaction.atomic
def confirm_import(run: ImportRun, *, by: User) -> ImportRun:
    """Have a checked file imported. Raises ValidationError in any other state."""
    locked = locked_in(run, State.CHECKED)
    locked.state = State.CONFIRMED
    locked.report = locked.report | {"attempts": 0}
    locked.save(update_fields=["state", "report"])
    record_audit(by=by, verb="import.confirm", obj=locked, organisation=locked.organisation)
    _hurry(locked)
    return locked


@transaction.atomic
def cancel_import(run: ImportRun, *, by: User) -> ImportRun:
    """Give up a checked file and remove it. Raises ValidationError in any other state."""
    locked = locked_in(run, State.CHECKED)
    delete_after_commit(locked.file)
    locked.state, locked.file, locked.finished_at = State.CANCELLED, "", timezone.now()
    locked.save(update_fields=["state", "file", "finished_at"])
    locked.refusals.all().delete()
    locked.duplicates_found.all().delete()
    record_audit(by=by, verb="import.cancel", obj=locked, organisation=locked.organisation)
    return locked


@transaction.atomic
def check_again(
    run: ImportRun,
    *,
    by: User,
    mapping: Mapping[str, str] | None = None,
    corrections: Mapping[str, Mapping[str, str]] | None = None,
) -> ImportRun:
    """Check a file once more, with columns chosen by hand (header → field, empty: not read) or
    with cells corrected (line → header → text); what was given before stays unless given anew.

    The organisation's next file is read by the chosen columns. Raises ValidationError in any other
    state, and for a field that the kind does not have. Audit event ``import.check_again``.
    """
    locked = locked_in(run, State.CHECKED)
    if mapping is not None:
        locked.mapping = locked.mapping | choose_columns(locked, mapping)
    add_corrections(locked, corrections or {})
    locked.state, locked.report = State.UPLOADED, {}
    locked.save(update_fields=["state", "report", "mapping", "corrections"])
    record_audit(by=by, verb="import.check_again", obj=locked, organisation=locked.organisation)
    _hurry(locked)
    return locked


@transaction.atomic
def undo_import(run: ImportRun, *, by: User) -> ImportRun:
    """Have an import taken back, for a day after it; a worker does it, see
    :func:`achievements.services.import_undo.take_back`. Raises ValidationError later, or in any
    other state. Audit event ``import.undo``."""
    locked = locked_in(run, State.DONE)
    if not locked.may_still_be_undone:
        raise ValidationError(_("An import can be taken back for one day only."), code="state")
    locked.state, locked.created_by = State.UNDOING, by
    locked.save(update_fields=["state", "created_by"])
    record_audit(by=by, verb="import.undo", obj=locked, organisation=locked.organisation)
    transaction.on_commit(lambda: run_import_task.delay(locked.pk), robust=True)
    return locked


def _hurry(run: ImportRun) -> None:
    """After the commit: do a small text file here, ask a worker for any other.

    When the broker is away nothing is lost: an outstanding run is a row that the sweep finds.
    """

    def go() -> None:
        with run.file.open("rb") as file:
            text = file.size <= AT_ONCE_BYTES and file.read(2) not in (b"PK", b"\x1f\x8b")
        if text and not settings.CLAMD_URL:  # nobody waits in a request for the virus scanner
            run_import(run.pk)
            return
        try:
            run_import_task.delay(run.pk)
        except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep does it
            logger.warning("import not hurried: %s", type(error).__name__)

    transaction.on_commit(go, robust=True)


def run_import(pk: int) -> bool:
    """Do what an outstanding run waits for: check an uploaded file, import a confirmed one.

    Safe to repeat and to run twice at once: a lock that dies with its process keeps others off, and
    an import begun again finds what went in before unchanged. Returns whether anything was done.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, pk % 2**31])
        if not cursor.fetchone()[0]:
            return False
        try:
            run = ImportRun.objects.outstanding().filter(pk=pk).first()
            if run is None:
                return False
            return _do(run)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, pk % 2**31])


def run_outstanding_imports(limit: int = 20) -> int:
    """Do the outstanding runs, the oldest first; returns how many were done."""
    keys = list(ImportRun.objects.outstanding().values_list("pk", flat=True)[:limit])
    return sum(run_import(key) for key in keys)


def _do(run: ImportRun) -> bool:
    """Whether anything was done: nothing while the virus scanner is away."""
    if run.state == State.UNDOING:
        take_back(run)
        return True
    try:
        readable = may_be_read(run)
    except ValidationError as error:
        _fail(run, error)
        return True
    if readable:
        _read(run)
    return readable


def _read(run: ImportRun) -> None:
    checking = run.state == State.UPLOADED
    attempts = int(run.report.get("attempts", 0)) + 1
    _save(run, report=run.report | {"attempts": attempts})
    so_far = Report()
    progress = Progress(run, so_far)
    try:
        if attempts > MAX_ATTEMPTS:
            raise ValidationError(_("The import was broken off several times. Split the file."))
        with RowKeeper(run).collecting() as keeper:
            report = import_file(
                Path(run.file.path),
                ImportOptions(
                    kind=run.kind,
                    organisation=run.organisation,
                    by=run.created_by,
                    mode=run.mode,
                    publication=run.publication,
                    dry_run=checking,
                    mapping=run.mapping,
                    corrections=run.corrections,
                ),
                run=run,
                report=so_far,
                keeper=keeper,
                progress=progress,
                max_unpacked=MAX_UNPACKED,
            )
            keeper.save()
    except ValidationError as error:
        _fail(run, error)
        return
    except FileNotFoundError:
        _fail(run, ValidationError(_("The file is no longer there. Upload it again.")))
        return
    except OSError as error:
        if is_no_room(error):  # not the file's fault: it is tried again until there is room
            _save(run, report=run.report | {"attempts": attempts - 1})
        raise
    finally:
        progress.end()
    done = {"state": State.CHECKED} if checking else {"state": State.DONE}
    _save(run, report=report.as_data(), **done, finished_at=None if checking else timezone.now())


def _fail(run: ImportRun, error: ValidationError) -> None:
    texts = in_every_language(lambda: " ".join(error.messages))
    _save(run, state=State.FAILED, report={"error": texts}, finished_at=timezone.now())


def _save(run: ImportRun, **values: Any) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))
