"""The refused rows of a file with their cells, to be corrected on the page or in the file."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import record_audit
from achievements.exporting import write_table
from achievements.models import ImportRefusal, ImportRun

MAX_CORRECTED = 10_000  # rows
Corrections = Mapping[str, Mapping[str, str]]


@transaction.atomic
def correct_cells(run: ImportRun, *, by: User, corrections: Corrections) -> ImportRun:
    """Keep corrected cells (line → header → text) of a checked file; the next check, or the import,
    reads them in place of the file's. Audit event ``import.correct``.

    Raises ValidationError in any other state, and for more than MAX_CORRECTED rows.
    """
    locked = locked_in(run, ImportRun.State.CHECKED)
    add_corrections(locked, corrections)
    locked.save(update_fields=["corrections"])
    rows = list(ImportRefusal.objects.filter(run=locked, line__in=[int(n) for n in corrections]))
    for row in rows:
        row.cells = list({**dict(row.cells), **corrections[str(row.line)]}.items())
    ImportRefusal.objects.bulk_update(rows, ["cells"])
    record_audit(
        by=by,
        verb="import.correct",
        obj=locked,
        organisation=locked.organisation,
        lines=len(corrections),
    )
    return locked


def locked_in(run: ImportRun, state: str) -> ImportRun:
    """The run, locked; raises ValidationError unless it is in this state."""
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != state:
        raise ValidationError(
            gettext_lazy(
                "This is not possible while the import is in state “%(state)s”. Reload the page."
            ),
            code="state",
            params={"state": locked.get_state_display()},
        )
    return locked


def add_corrections(run: ImportRun, corrections: Corrections) -> None:
    """Put corrected cells onto a run, unsaved; those given before stay unless given anew."""
    for line, cells in corrections.items():
        run.corrections[line] = {**run.corrections.get(line, {}), **cells}
    if len(run.corrections) > MAX_CORRECTED:
        message = _("So many rows are better corrected in the file: download the refused rows.")
        raise ValidationError(message, code="corrections")


def refused_rows_file(run: ImportRun, language: str) -> bytes:
    """All refused rows as CSV: the file's own columns, in front the line and the reasons.

    Corrected, it can be uploaded again as it is: columns nobody knows are not read.
    """
    headers: dict[str, None] = {}
    for cells in _rows(run).values_list("cells", flat=True).iterator():
        headers |= dict.fromkeys(header for header, _text in cells)
    names = [_("Line of the file"), _("Why it is refused"), *headers]
    return write_table(names, _table(run, list(headers), language), "csv")


def _rows(run: ImportRun) -> Any:
    return ImportRefusal.objects.filter(run=run).order_by("line")


def _table(run: ImportRun, headers: list[str], language: str) -> Iterator[list[Any]]:
    for row in _rows(run).iterator():
        reasons = [
            f"{problem['field']}: {text}" if problem["field"] else text
            for problem in row.problems
            if (text := problem["message"].get(language) or problem["message"].get("en", ""))
        ]
        cells = dict(row.cells)
        yield [row.line, " ".join(reasons), *(cells.get(name, "") for name in headers)]
