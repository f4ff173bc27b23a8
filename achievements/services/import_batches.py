"""Writing a batch of drafts: who is new, who differs, what the database refuses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.db.models import sql
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from achievements.importing.columns import MODELS
from achievements.importing.lookups import Lookups, find_experts
from achievements.importing.problems import Problem, problems_of
from achievements.importing.rows import Draft
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Inventor,
    IPRight,
    Listing,
    RequirementRow,
)

Kind = Achievement | Demand | Expert
TABLES: dict[str, type[models.Model]] = {
    "evidence": EvidenceRow,
    "ip_rights": IPRight,
    "inventors": Inventor,
    "requirements": RequirementRow,
}
# The reader found these in the database; asking again would cost a query for each row.
RESOLVED = {"organisation", "created_by", "region", "listing_ptr", "admitted_by", "expert", "term"}


@dataclass
class Written:
    """What became of a draft: “created”, “updated” or “unchanged”. Where the draft has problems
    it was refused, and nothing of it was written."""

    draft: Draft
    obj: Kind
    outcome: str
    published: bool = False
    changed: list[str] = field(default_factory=list)
    terms: bool = False
    tables: dict[str, list[models.Model]] = field(default_factory=dict)

    @property
    def key(self) -> int:
        """The listing's primary key."""
        return int(self.obj.pk)


class BatchWriter:
    """Writes drafts of one kind. ``new`` gives what a new listing gets besides its content."""

    def __init__(
        self,
        kind: str,
        lookups: Lookups,
        *,
        new: Callable[[Draft], dict[str, Any]],
        experts_anywhere: bool,
    ) -> None:
        self.kind = kind
        self.model = MODELS[kind]
        self.lookups = lookups
        self.new = new
        self.experts_anywhere = experts_anywhere

    def write(self, drafts: list[Draft], organisation: Organisation | None) -> list[Written]:
        """Write drafts of one organisation; inside a transaction. What the database or
        ``full_clean`` refuses gets its reasons into ``draft.problems``."""
        existing = self._existing(drafts, organisation)
        experts = self._experts(drafts, organisation)
        now = timezone.now()
        results = [self._compare(draft, existing, experts) for draft in drafts]
        for written in results:
            if written.outcome != "unchanged":
                self._clean(written)
                written.obj.updated_at = now
        good = [written for written in results if not written.draft.problems]
        self._insert([written for written in good if written.outcome == "created"])
        for written in good:
            if written.outcome == "updated":
                self._update(written)
        return results

    def _existing(self, drafts: list[Draft], organisation: Organisation | None) -> dict[Any, Kind]:
        """Listings the drafts mean, locked, by number or by pair of titles."""
        numbers = {draft.external_id for draft in drafts if draft.external_id}
        unnamed = [draft for draft in drafts if not draft.external_id]
        named = models.Q(external_id__in=numbers)
        if unnamed:
            named |= models.Q(external_id="") & (
                models.Q(title_en__in={d.values.get("title_en") or "-" for d in unnamed})
                | models.Q(title_zh__in={d.values.get("title_zh") or "-" for d in unnamed})
            )
        tables = [name for name in TABLES if hasattr(self.model, name)]
        rows = (
            self.model.objects.filter(named, organisation=organisation)
            .select_for_update(of=("self",))
            .order_by("pk")
            .prefetch_related("fields", *tables)
        )
        found: dict[Any, Kind] = {}
        for row in rows:
            found.setdefault(row.external_id or (row.title_en, row.title_zh), row)
        return found

    def _experts(self, drafts: list[Draft], organisation: Organisation | None) -> dict[str, int]:
        references = {
            row["expert"] for draft in drafts for row in draft.tables.get("inventors", [])
        }
        return find_experts(references, organisation, anywhere=self.experts_anywhere)

    def _compare(self, draft: Draft, existing: dict[Any, Kind], experts: dict[str, int]) -> Written:
        titles = (draft.values.get("title_en", ""), draft.values.get("title_zh", ""))
        obj = existing.get(draft.external_id or titles)
        tables = {
            name: self._table(draft, name, rows, experts) for name, rows in draft.tables.items()
        }
        if obj is None:
            values = draft.values | self.new(draft)
            obj = self.model(organisation=draft.organisation, kind=self.kind, **values)
            published = obj.state == Listing.State.PUBLISHED
            return Written(draft, obj, "created", published, terms=True, tables=tables)
        written = Written(draft, obj, "unchanged")
        written.changed = [n for n, value in draft.values.items() if getattr(obj, n) != value]
        for name in written.changed:
            setattr(obj, name, draft.values[name])
        written.tables = {name: rows for name, rows in tables.items() if _differs(rows, obj, name)}
        written.terms = draft.terms is not None and draft.terms != {t.pk for t in obj.fields.all()}
        self._publish(written)
        if written.changed or written.tables or written.terms:
            written.outcome = "updated"
        return written

    def _publish(self, written: Written) -> None:
        """A draft that an earlier import left follows the wish of this one; other states stay."""
        obj = written.obj
        if obj.state != Listing.State.DRAFT:
            return
        wish = self.new(written.draft)
        if wish.get("state", Listing.State.DRAFT) == Listing.State.DRAFT:
            return
        kept = {"created_by", "is_sample"}
        for name, value in wish.items():
            if name not in kept:
                setattr(obj, name, value)
                written.changed.append(name)
        written.published = obj.state == Listing.State.PUBLISHED

    def _table(
        self, draft: Draft, name: str, rows: list[dict[str, Any]], experts: dict[str, int]
    ) -> list[models.Model]:
        """Unsaved rows within the row, in their order."""
        made = []
        for position, values in enumerate(rows):
            values = dict(values)
            if name == "inventors":
                reference = values.pop("expert")
                values["expert_id"] = experts.get(reference)
                if reference and reference not in experts:
                    draft.notices.append(
                        Problem(
                            draft.line,
                            name,
                            _("No expert “%(number)s” is in the pool; the name is kept."),
                            {"number": reference[:60]},
                            "expert_notice",
                        )
                    )
            elif "quantity" in values:
                values["term_id"] = self.lookups.quantity(values["quantity"])
            made.append(TABLES[name](position=position, **values))
        return made

    def _clean(self, written: Written) -> None:
        """``full_clean`` without what was looked up already and what the database checks itself."""
        problems = written.draft.problems
        line = written.draft.line
        try:
            written.obj.full_clean(RESOLVED, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            problems += problems_of(error, line)
        for name, rows in written.tables.items():
            for row in rows:
                exclude = RESOLVED | {_parent(row)}
                try:
                    row.full_clean(exclude, validate_unique=False, validate_constraints=False)
                except ValidationError as error:
                    problems += [
                        Problem(p.line, f"{name}: {p.field}", p.message, p.params, p.code)
                        for p in problems_of(error, line)
                    ]

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
                _blame(batch[0], error)
                return
            middle = len(batch) // 2
            self._insert(batch[:middle])
            self._insert(batch[middle:])

    def _insert_all(self, batch: list[Written]) -> None:
        """``bulk_create`` refuses tables that extend another; so the two tables one by one."""
        parents = [_parent_of(written.obj) for written in batch]
        Listing.objects.bulk_create(parents)
        for written, parent in zip(batch, parents, strict=True):
            written.obj.pk = written.obj.id = parent.pk
        query = sql.InsertQuery(self.model)
        query.insert_values(self.model._meta.local_concrete_fields, [w.obj for w in batch])
        query.get_compiler("default").execute_sql()
        self._write_terms(batch)
        self._write_tables(batch)

    def _update(self, written: Written) -> None:
        """Save what differs of one listing; rows within are replaced as a whole."""
        try:
            with transaction.atomic():
                written.obj.save(update_fields=[*written.changed, "updated_at"])
                if written.terms:
                    _through().objects.filter(listing_id=written.obj.pk).delete()
                    self._write_terms([written])
                for name in written.tables:
                    getattr(written.obj, name).all().delete()
                self._write_tables([written])
        except IntegrityError as error:
            _blame(written, error)

    def _write_terms(self, batch: list[Written]) -> None:
        through = _through()
        through.objects.bulk_create(
            through(listing_id=written.obj.pk, term_id=term)
            for written in batch
            if written.terms
            for term in sorted(written.draft.terms or ())
        )

    def _write_tables(self, batch: list[Written]) -> None:
        for name, model in TABLES.items():
            rows = []
            for written in batch:
                for row in written.tables.get(name, []):
                    row.pk = None
                    setattr(row, f"{_parent(row)}_id", written.obj.pk)
                    rows.append(row)
            if rows:
                model._default_manager.bulk_create(rows)


def _through() -> Any:
    return Listing.fields.through


def _parent(row: models.Model) -> str:
    return "demand" if isinstance(row, RequirementRow) else "achievement"


def _parent_of(obj: Kind) -> Listing:
    """The row of the common table, without saving anything of the kind's own table."""
    return Listing(
        **{
            f.attname: getattr(obj, f.attname)
            for f in Listing._meta.concrete_fields
            if f.name != "id"
        }
    )


def _differs(rows: list[models.Model], obj: Kind, name: str) -> bool:
    kept = getattr(obj, name).all()
    return [_content(row) for row in rows] != [_content(row) for row in kept]


def _content(row: models.Model) -> tuple[Any, ...]:
    skipped = {"id", _parent(row), "position"}
    return tuple(
        getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in skipped
    )


def _blame(written: Written, error: DatabaseError) -> None:
    """Find which constraint refused a row by asking each of them, and say its message."""
    problems = written.draft.problems
    line = written.draft.line
    rows: list[models.Model] = [written.obj]
    rows += [row for table in written.tables.values() for row in table]
    for row in rows:
        exclude = set() if row is written.obj else {_parent(row)}
        for check in (row.validate_unique, row.validate_constraints):
            try:
                check(exclude=exclude)
            except ValidationError as refused:
                problems += problems_of(refused, line)
    if not problems:
        problems.append(
            Problem(
                line,
                "",
                _("The database refuses the row: %(reason)s"),
                {"reason": str(error).split("\n", 1)[0]},
                "database",
            )
        )
