"""Importing listings: rows go in by the hundred, checked as one by one, and told as one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from accounts.services import record_audit
from achievements.importing.drafts import Draft
from achievements.importing.problems import Problem, Report
from achievements.importing.readers import MAX_UNPACKED, Row, Source, read_file
from achievements.importing.rows import RowReader
from achievements.models import ImportRun, Listing
from achievements.permissions import publishes_directly
from achievements.services.content import parent_of
from achievements.services.import_batches import BatchWriter
from achievements.services.import_outcome import Written
from achievements.services.lifecycle import LIFETIME, admission
from achievements.services.notices import tell_imported
from achievements.signals import listings_changed

BATCH = 500
Mode = ImportRun.Mode
Publication = ImportRun.Publication


@dataclass(frozen=True)
class ImportOptions:
    """How to import.

    ``publication``: leave new listings as drafts, submit them, or publish them at once (experts
    are then admitted by ``by``). ``any_organisation``: a column may name who posts, and inventors
    may be experts of any organisation; only for operators. ``published_at``: when a new listing
    counts as published, for the sample. ``mapping`` and ``corrections`` are those of the run.
    """

    kind: str
    organisation: Organisation | None
    by: User | None = None
    mode: str = Mode.SKIP_BAD
    publication: str = Publication.DRAFT
    dry_run: bool = False
    limit: int | None = None
    any_organisation: bool = False
    is_sample: bool = False
    published_at: Callable[[Draft], datetime] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class _UndoError(Exception):
    """Takes everything of an import back; never leaves this module."""


def import_file(
    path: Path,
    options: ImportOptions,
    *,
    run: ImportRun | None = None,
    report: Report | None = None,
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

        return import_rows(source.rows, options, run=run, report=report, progress=tell)


def import_rows(
    rows: Iterable[Row],
    options: ImportOptions,
    *,
    run: ImportRun | None = None,
    report: Report | None = None,
    progress: Callable[[], None] | None = None,
) -> Report:
    """Create and update listings from rows; the same rows again change nothing.

    A listing is recognised by its own number within its organisation, without one by its titles.
    Only fields the file has columns for are written. Every row passes ``full_clean`` and the
    database's constraints. Bad rows are reported; the good ones go in, batch by batch, or with
    ALL_OR_NOTHING none do when one is bad. A dry run does the same and takes it back. Each batch
    that changed something writes one audit event and sends one ``listings_changed``. Submitting
    asks each row what the verb asks (``check_complete``); reviewers are told once. Memory does not
    grow with the number of rows, but for eight bytes of each row's name.
    """
    report = report or Report()
    named = options.organisation is not None or options.any_organisation
    if not named and options.kind != Listing.Kind.EXPERT:
        raise ValidationError(_("Choose the organisation that posts this."), code="required")
    run = run or ImportRun.of(options.kind, options.organisation, options.by)
    once = options.dry_run or options.mode == Mode.ALL_OR_NOTHING
    work = _Import(options, run, report)
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


class _Import:
    """One import under way."""

    def __init__(self, options: ImportOptions, run: ImportRun, report: Report) -> None:
        self.options = options
        self.run = run
        self.report = report
        self.reader = RowReader(
            options.kind,
            options.organisation,
            any_organisation=options.any_organisation,
            mapping=options.mapping,
        )
        self.writer = BatchWriter(
            options.kind,
            new=self._new,
            by=options.by,
            submits=options.publication == Publication.SUBMIT,
            experts_anywhere=options.any_organisation,
            run=run,
        )
        self.told: set[int | None] = set()
        self.seen: set[int] = set()

    def write(self, batch: list[Row]) -> None:
        """Read, write, count and tell one batch; inside a transaction."""
        good: list[Draft] = []
        results: list[tuple[Draft, Written | None]] = []
        for line, row in batch:
            self.report.rows += 1
            draft = self.reader.read(line, row)
            if not draft.problems:
                draft.problems += self._repeated(draft)
            if draft.problems:
                results.append((draft, None))
            else:
                good.append(draft)
        done: list[Written] = []
        for organisation in {draft.organisation for draft in good}:
            drafts = [draft for draft in good if draft.organisation == organisation]
            self._lock(organisation)
            done += self.writer.write(drafts, organisation)
        results += [(written.draft, written) for written in done]
        for draft, written in sorted(results, key=lambda one: one[0].line):
            self._count(draft, written)
        self._tell(done)

    def _lock(self, organisation: Organisation | None) -> None:
        """Two imports for one organisation take turns, so they see each other's rows."""
        key = organisation.pk if organisation is not None else 0
        kinds = list(Listing.Kind.values).index(self.options.kind)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x696D70 + kinds, key % 2**31])

    def _repeated(self, draft: Draft) -> list[Problem]:
        """A row that means the same listing as an earlier one would undo it at every import."""
        key = draft.organisation.pk if draft.organisation is not None else None
        titles = (draft.values.get("title_en"), draft.values.get("title_zh"))
        name = hash((key, draft.external_id or titles))
        if name not in self.seen:
            self.seen.add(name)
            return []
        column = "external_id" if draft.external_id else "title"
        message = (
            _("Another row of the file has the same number. Give each row a number of its own.")
            if draft.external_id
            else _("Another row of the file has the same title. Give each row an own number.")
        )
        return [
            Problem(draft.line, self.reader.columns.header_of(column), message, code="repeated")
        ]

    def _new(self, draft: Draft) -> dict[str, Any]:
        """What a new listing gets besides its content."""
        options, now = self.options, timezone.now()
        values: dict[str, Any] = {"created_by": options.by, "is_sample": options.is_sample}
        if options.publication == Publication.DRAFT:
            return values
        values["edited_at"] = None
        sealed = draft.values.get("disclosure") == Listing.Disclosure.SEALED
        trusted = sealed or publishes_directly(draft.organisation, options.kind)
        if options.publication == Publication.SUBMIT and not trusted:
            return values | {"state": Listing.State.IN_REVIEW, "submitted_at": now}
        begin = options.published_at(draft) if options.published_at is not None else now
        if options.published_at is not None:
            values["created_at"] = begin
        values |= {
            "state": Listing.State.PUBLISHED,
            "published_at": begin,
            "expires_at": begin + LIFETIME,
        }
        if options.kind == Listing.Kind.EXPERT:
            values |= {**admission(options.by), "admitted_at": begin}
        return values

    def _count(self, draft: Draft, written: Written | None) -> None:
        """Count one row; ``written`` is None where it did not even get to be written."""
        report = self.report
        if written is None or draft.problems:
            report.add_bad_row(draft.problems)
            report.add_preview(draft.line, draft.title, "bad")
            return
        for notice in draft.notices:
            report.add_notice(notice)
        report.add_preview(draft.line, draft.title, written.outcome)
        setattr(report, written.outcome, getattr(report, written.outcome) + 1)
        report.published += written.published

    def _tell(self, done: list[Written]) -> None:
        good = [one for one in done if not one.draft.problems]
        changed = [one.key for one in good if one.outcome != "unchanged"]
        if not changed:
            return
        if self.run._state.adding:
            self.run.save()
        record_audit(
            by=self.options.by,
            verb="listing.import",
            obj=self.run,
            organisation=self.options.organisation,
            kind=self.options.kind,
            created=[one.key for one in good if one.outcome == "created"],
            updated=[one.key for one in good if one.outcome == "updated"],
        )
        self._tell_reviewers(good)
        listings_changed.send(Listing, listing_ids=changed)

    def _tell_reviewers(self, good: list[Written]) -> None:
        """What changed of listings that a reviewer had seen is recorded for each; the reviewers of
        an organisation are told once for the whole file, also when it is begun again."""
        for one in good:
            if one.unseen:
                record_audit(
                    by=self.options.by,
                    verb="listing.update",
                    obj=parent_of(one.obj),
                    organisation=one.draft.organisation,
                    changed=one.unseen,
                    run=self.run.pk,
                )
        for one in good:
            organisation = one.obj.organisation_id
            if one.awaits_review and organisation not in self.told:
                self.told.add(organisation)
                tell_imported(self.run, one.obj)

    def finish(self) -> None:
        """What can be said of the columns once every row was seen."""
        columns = self.reader.columns.columns
        self.report.columns = {header: c.target for header, c in columns.items() if c is not None}
        self.report.unknown_columns = dict(self.reader.unknown)
