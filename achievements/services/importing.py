"""Importing listings: rows go in by the hundred, checked as one by one, and told as one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from achievements.importing.problems import Report
from achievements.importing.readers import MAX_UNPACKED, Row, Source, read_file
from achievements.models import ImportRun, Listing
from achievements.services.import_keeping import RowKeeper
from achievements.services.import_options import ImportOptions
from achievements.services.import_work import ImportWork

BATCH = 500


class _UndoError(Exception):
    """Takes everything of an import back; never leaves this module."""


def import_file(
    path: Path,
    options: ImportOptions,
    *,
    run: ImportRun | None = None,
    report: Report | None = None,
    keeper: RowKeeper | None = None,
    progress: Callable[[Source], None] | None = None,
    max_unpacked: int = MAX_UNPACKED,
) -> Report:
    """Import a CSV, XLSX or JSON Lines file, also packed with gzip; returns what was done.

    Raises ValidationError when the file as a whole cannot be read; then nothing is changed, but
    for batches that were in before the damage was met and the mode is to skip bad rows.
    ``progress`` is called after every batch. Otherwise like :func:`import_rows`.
    """
    report = report or Report()
    with read_file(path, max_unpacked=max_unpacked) as source:
        report.encoding = source.file.encoding

        def tell() -> None:
            if progress is not None:
                progress(source)

        return import_rows(
            source.rows, options, run=run, report=report, keeper=keeper, progress=tell
        )


def import_rows(
    rows: Iterable[Row],
    options: ImportOptions,
    *,
    run: ImportRun | None = None,
    report: Report | None = None,
    keeper: RowKeeper | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Create and update listings from rows; the same rows again change nothing.

    A listing is recognised by its own number within its organisation, without one by its titles.
    Only fields the file has columns for are written. Every row passes ``full_clean`` and the
    database's constraints. Bad rows are reported; the good ones go in, batch by batch, or with
    ALL_OR_NOTHING none do when one is bad. A dry run does the same and takes it back. Each batch
    that changed something writes one audit event and sends one ``listings_changed``. Submitting
    asks each row what the verb asks; reviewers are told once. With a ``keeper``, rows that would be
    new but are like a listing or an earlier row are skipped, merged or imported as chosen, and
    refused rows are kept. Without one, memory does not grow with the number of rows, but for eight
    bytes of each row's name.
    """
    report = report or Report()
    named = options.organisation is not None or options.any_organisation
    if not named and options.kind != Listing.Kind.EXPERT:
        raise ValidationError(_("Choose the organisation that posts this."), code="required")
    run = run or ImportRun.of(options.kind, options.organisation, options.by)
    once = options.dry_run or options.mode == ImportRun.Mode.ALL_OR_NOTHING
    work = ImportWork(options, run, report, keeper)
    try:
        with ExitStack() as stack:
            if once:
                stack.enter_context(transaction.atomic())
            for batch in _batches(corrected(islice(rows, options.limit), options.corrections)):
                with transaction.atomic():
                    work.write(batch)
                if progress is not None:
                    progress()
            work.finish()
            if options.dry_run or (once and report.bad):
                raise _UndoError
    except _UndoError:
        report.applied = False
    else:
        report.applied = True
    return report


def corrected(rows: Iterable[Row], corrections: Mapping[str, Mapping[str, str]]) -> Iterator[Row]:
    """The rows with the cells that somebody corrected on the page."""
    for line, row in rows:
        cells = corrections.get(str(line))
        yield line, {**row, **cells} if cells and not isinstance(row, ValidationError) else row


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch
