"""One import under way: read a batch, tell duplicates, write, count, tell others."""

from dataclasses import replace
from functools import cached_property
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent, Organisation
from accounts.services import record_audit
from achievements.importing.drafts import Draft
from achievements.importing.problems import Problem, Report
from achievements.importing.readers import Row
from achievements.importing.rows import RowReader
from achievements.models import ImportRun, Listing
from achievements.permissions import publishes_directly
from achievements.services.content import parent_of
from achievements.services.import_batches import BatchWriter
from achievements.services.import_deciding import DuplicateWriter
from achievements.services.import_duplicates import KINDS, DuplicateFinder
from achievements.services.import_keeping import RowKeeper
from achievements.services.import_options import ImportOptions
from achievements.services.import_outcome import Written
from achievements.services.lifecycle import LIFETIME, admission
from achievements.services.notices import tell_imported
from achievements.signals import listings_changed

Publication = ImportRun.Publication
# A worker that imports more at once leaves their index entries to the other workers.
MOST_INDEXED = 50


class ImportWork:
    """One import under way."""

    def __init__(
        self,
        options: ImportOptions,
        run: ImportRun,
        report: Report,
        keeper: RowKeeper | None = None,
    ) -> None:
        self.options = options
        self.run = run
        self.report = report
        self.keeper = keeper
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
        self.duplicates: DuplicateWriter | None = None
        if keeper is not None and options.kind in KINDS and not options.any_organisation:
            finder = DuplicateFinder(options.kind, options.organisation)
            self.duplicates = DuplicateWriter(finder, keeper, self.writer)
        self.told: set[int | None] = set()
        self.seen: set[int] = set()

    def write(self, batch: list[Row]) -> None:
        """Read, write, count and tell one batch; inside a transaction."""
        good: list[Draft] = []
        results: list[tuple[Draft, Written | None]] = []
        cells = dict(batch)
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
            known = self.writer.find_existing(drafts, organisation)
            write = self.duplicates.write if self.duplicates is not None else self.writer.write
            done += write(drafts, organisation, known)
        for one in done:
            self._name_columns(one.draft)
        results += [(written.draft, written) for written in done]
        for draft, written in sorted(results, key=lambda one: one[0].line):
            self._count(draft, written, cells[draft.line])
        self._tell(done)

    def _lock(self, organisation: Organisation | None) -> None:
        """Two imports for one organisation take turns, so they see each other's rows."""
        key = organisation.pk if organisation is not None else 0
        kinds = list(Listing.Kind.values).index(self.options.kind)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x696D70 + kinds, key % 2**31])

    def _name_columns(self, draft: Draft) -> None:
        """Problems found while writing name fields of ours; who corrects them knows the columns."""
        header_of = self.reader.columns.header_of
        draft.problems = [replace(one, field=header_of(one.field)) for one in draft.problems]

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

    def _count(self, draft: Draft, written: Written | None, cells: Any) -> None:
        """Count one row; ``written`` is None where it did not even get to be written."""
        report = self.report
        if written is None or draft.problems:
            report.add_bad_row(draft.problems)
            report.add_preview(draft.line, draft.title, "bad")
            if self.keeper is not None:
                self.keeper.refuse(draft.line, cells, draft.problems)
            return
        for notice in draft.notices:
            report.add_notice(notice)
        outcome, title = self._outcome(written), draft.title
        if self.duplicates is not None:
            outcome, title = self.duplicates.outcome(written, outcome, dry_run=self.options.dry_run)
            report.duplicates += outcome not in ("created", "updated", "unchanged")
        report.add_preview(draft.line, title, outcome)
        if outcome == "duplicate":
            return  # what becomes of it may still be chosen
        setattr(report, outcome, getattr(report, outcome) + 1)
        report.published += written.published or (
            outcome != written.outcome == "unchanged" and written.is_public
        )
        report.held += written.held

    def _outcome(self, written: Written) -> str:
        """What became of a row, by this run or when it was at it before it was broken off."""
        if written.outcome != "unchanged":
            return written.outcome
        return self._before.get(written.key, written.outcome)

    @cached_property
    def _before(self) -> dict[int, str]:
        """What this run did with listings before it was broken off, by key; one query."""
        if self.options.dry_run or self.run.pk is None:
            return {}
        events = AuditEvent.objects.filter(
            verb="listing.import",
            object_type=ImportRun._meta.label_lower,
            object_id=self.run.pk,
        )
        return {
            key: outcome
            for data in events.order_by("pk").values_list("data", flat=True)
            for outcome in ("updated", "created")
            for key in data.get(outcome, [])
        }

    def _tell(self, done: list[Written]) -> None:
        good = [one for one in done if one.obj is not None and not one.draft.problems]
        changed = [one.key for one in good if one.outcome != "unchanged"]
        if not changed or self.options.dry_run:  # a check is taken back, so nobody hears of it
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
        at_once = self.keeper is None or len(changed) <= MOST_INDEXED
        listings_changed.send(Listing, listing_ids=changed, texts=at_once)

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
