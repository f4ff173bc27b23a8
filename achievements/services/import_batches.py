"""Writing a batch of drafts: who is new, who differs, what the database refuses."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models import sql
from django.utils import timezone

from accounts.models import Organisation, User
from achievements.importing.columns import MODELS
from achievements.importing.drafts import Draft
from achievements.importing.lookups import find_experts
from achievements.importing.problems import problems_of, problems_of_entry
from achievements.models import ImportRun, Listing
from achievements.services.content import check_editable
from achievements.services.edits import needs_another_look
from achievements.services.import_holding import SubmissionGate, state_before
from achievements.services.import_objects import (
    TABLES,
    Kind,
    References,
    build_table,
    common_part,
    differs,
    gone,
    merge,
    name_of,
    parent_field,
    tidy,
)
from achievements.services.import_outcome import Written, blame, write_tables, write_terms
from achievements.services.import_updates import update_all
from achievements.services.lifecycle import check_complete
from achievements.services.quantities import recognise_quantities
from achievements.services.writing import check_rules, settle_amounts, settle_readiness

# What follows from the price mode besides being written itself.
AMOUNTS = {"price_min", "price_max"}
# The reader found these in the database; asking again would cost a query for each row.
RESOLVED = {"organisation", "created_by", "region", "listing_ptr", "admitted_by", "expert", "term"}


# Who made a listing, and that it is a sample, stays when an import hands it in.
KEPT = {"created_by", "is_sample"}


class BatchWriter:
    """Writes drafts of one kind ``by`` a user. ``new`` gives what a new listing gets besides its
    content; ``submits``: what was a draft, or is new, must say enough to be reviewed."""

    def __init__(
        self,
        kind: str,
        *,
        new: Callable[[Draft], dict[str, Any]],
        by: User | None,
        submits: bool,
        experts_anywhere: bool,
        run: ImportRun | None = None,
    ) -> None:
        self.kind = kind
        self.model = MODELS[kind]
        self.new = new
        self.by = by
        self.submits = submits
        self.experts_anywhere = experts_anywhere
        self.run = run
        self.gate = SubmissionGate(kind)

    def write(
        self, drafts: list[Draft], organisation: Organisation | None, existing: dict[Any, Kind]
    ) -> list[Written]:
        """Write drafts of one organisation; inside a transaction, after :meth:`find_existing`. What
        the database or ``full_clean`` refuses gets its reasons into ``draft.problems``."""
        existing = existing | self._targets(drafts, organisation)
        references = self._references(drafts, organisation)
        now = timezone.now()
        results = [self._compare(draft, existing, references) for draft in drafts]
        self.gate.hold_back(results)
        for written in results:
            if written.outcome != "unchanged" and written.obj is not None:
                self._clean(written)
                written.obj.updated_at = now
        good = [written for written in results if not written.draft.problems]
        self._insert([written for written in good if written.outcome == "created"])
        run = self.run if self.run is not None and self.run.pk else None
        update_all([one for one in good if one.outcome == "updated"], by=self.by, run=run)
        return results

    def find_existing(
        self, drafts: list[Draft], organisation: Organisation | None
    ) -> dict[Any, Kind]:
        """Listings the drafts mean, locked, by number or by pair of titles; tidies the drafts."""
        for draft in drafts:
            tidy(draft)
        numbers = {draft.external_id for draft in drafts if draft.external_id}
        unnamed = [draft for draft in drafts if not draft.external_id]
        named = models.Q(external_id__in=numbers)
        if unnamed:
            named |= models.Q(external_id="") & (
                models.Q(title_en__in={d.values.get("title_en") or "-" for d in unnamed})
                | models.Q(title_zh__in={d.values.get("title_zh") or "-" for d in unnamed})
            )
        found: dict[Any, Kind] = {}
        for row in self._locked(named, organisation):
            found.setdefault(row.external_id or (row.title_en, row.title_zh), row)
        return found

    def is_known(self, draft: Draft, existing: dict[Any, Kind]) -> bool:
        """Whether a draft means one of these."""
        return name_of(draft) in existing

    def _targets(self, drafts: list[Draft], organisation: Organisation | None) -> dict[Any, Kind]:
        """Listings the drafts are to be merged into, locked, by key."""
        keys = {draft.into for draft in drafts if draft.into is not None}
        rows = self._locked(models.Q(pk__in=keys), organisation) if keys else []
        return {row.pk: row for row in rows}

    def _locked(self, asked: models.Q, organisation: Organisation | None) -> Any:
        tables = [name for name in TABLES if hasattr(self.model, name)]
        rows = self.model.objects.filter(asked, organisation=organisation)
        rows = rows.select_for_update(of=("self",)).order_by("pk")
        return rows.prefetch_related("fields", *tables)

    def _references(self, drafts: list[Draft], organisation: Organisation | None) -> References:
        """The experts and the quantities that rows within the drafts name; two queries."""
        rows = [row for draft in drafts for table in draft.tables.values() for row in table]
        return References(
            find_experts(
                (row.get("expert", "") for row in rows),
                organisation,
                anywhere=self.experts_anywhere,
            ),
            recognise_quantities(row["quantity"] for row in rows if "quantity" in row),
        )

    def _compare(self, draft: Draft, existing: dict[Any, Kind], references: References) -> Written:
        """Put the draft onto its listing, new or known, and see what differs."""
        obj = existing.get(name_of(draft))
        tables = {
            name: build_table(draft, name, rows, references) for name, rows in draft.tables.items()
        }
        if draft.into is not None:
            obj = existing.get(draft.into)
            if obj is None:
                draft.problems.append(gone(draft))
                return Written(draft, None, "merged")
            tables = merge(draft, obj, tables)
        if obj is None:
            wish = self.new(draft)
            values = draft.values | wish
            obj = self.model(organisation=draft.organisation, kind=self.kind, **values)
            published = obj.state == Listing.State.PUBLISHED
            before = state_before(obj, wish.keys() - KEPT) if self.submits else {}
            return Written(
                draft,
                obj,
                "created",
                published,
                self.submits,
                before=before,
                terms=True,
                tables=tables,
            )
        written = Written(draft, obj, "unchanged")
        before = {name: getattr(obj, name) for name in {*draft.values, *AMOUNTS & set(vars(obj))}}
        for name, value in draft.values.items():
            setattr(obj, name, value)
        settle_amounts(obj)
        written.changed = [name for name, value in before.items() if getattr(obj, name) != value]
        written.changed += settle_readiness(obj, written.changed)
        written.tables = {name: rows for name, rows in tables.items() if differs(rows, obj, name)}
        written.terms = draft.terms is not None and draft.terms != {t.pk for t in obj.fields.all()}
        self._mark_unseen(written)
        if draft.into is None:
            self._publish(written)
        if written.changed or written.tables or written.terms:
            written.outcome = "updated"
            try:
                check_editable(obj)
            except ValidationError as error:
                draft.problems += problems_of(error, draft.line)
        return written

    def _publish(self, written: Written) -> None:
        """A draft that an earlier import left follows the wish of this one; other states stay."""
        obj = written.obj
        if obj.state != Listing.State.DRAFT:
            return
        wish = self.new(written.draft)
        if wish.get("state", Listing.State.DRAFT) == Listing.State.DRAFT:
            return
        wish = {name: value for name, value in wish.items() if name not in KEPT}
        written.before = state_before(obj, set(wish))
        for name, value in wish.items():
            setattr(obj, name, value)
            written.changed.append(name)
        written.published = obj.state == Listing.State.PUBLISHED
        written.submitted = self.submits

    def _mark_unseen(self, written: Written) -> None:
        """What differs of a listing that reviewers have seen goes before them again."""
        obj = written.obj
        obj.organisation = written.draft.organisation
        parts = [
            name if name == "external_id" else name.removesuffix("_id") for name in written.changed
        ]
        parts += [*written.tables, *(["fields"] if written.terms else [])]
        if parts and needs_another_look(obj, by=self.by):
            written.unseen = sorted(parts)
            if obj.edited_at is None:
                obj.edited_at = timezone.now()
                written.changed.append("edited_at")

    def _clean(self, written: Written) -> None:
        """``full_clean`` without what was looked up already and what the database checks itself."""
        problems = written.draft.problems
        line = written.draft.line
        try:
            written.obj.full_clean(RESOLVED, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            problems += problems_of(error, line)
        if written.submitted:
            try:
                check_complete(written.obj)
            except ValidationError as error:
                problems += problems_of(error, line)
        errors = check_rules(written.obj, written.draft.tables)
        for name, found in errors.items():
            problems += [each for one in found for each in problems_of(one, line, name)]
        for name, rows in written.tables.items():
            for place, row in enumerate(rows, start=1):
                exclude = RESOLVED | {parent_field(row)}
                try:
                    row.full_clean(exclude, validate_unique=False, validate_constraints=False)
                except ValidationError as error:
                    number = place if len(rows) > 1 else None
                    problems += problems_of_entry(error, line, name, row, number)

    def _insert(self, batch: list[Written]) -> None:
        """Insert all in few statements; where the database refuses, halve and try again."""
        if not batch:
            return
        try:
            with transaction.atomic():
                self._insert_all(batch)
        except DatabaseError as error:
            if not isinstance(error, IntegrityError) and len(batch) == 1:
                raise
            for written in batch:
                written.obj.pk = written.obj.id = None
            if len(batch) == 1:
                blame(batch[0], error)
                return
            middle = len(batch) // 2
            self._insert(batch[:middle])
            self._insert(batch[middle:])

    def _insert_all(self, batch: list[Written]) -> None:
        """``bulk_create`` refuses tables that extend another; so the two tables one by one."""
        parents = [common_part(written.obj) for written in batch]
        Listing.objects.bulk_create(parents)
        for written, parent in zip(batch, parents, strict=True):
            written.obj.pk = written.obj.id = parent.pk
        query = sql.InsertQuery(self.model)
        query.insert_values(self.model._meta.local_concrete_fields, [w.obj for w in batch])
        query.get_compiler("default").execute_sql()
        write_terms(batch)
        write_tables(batch)
