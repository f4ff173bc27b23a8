"""What became of one row of an import, and which rule of the database refused it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, models
from django.utils.translation import gettext_lazy as _

from achievements.importing.drafts import Draft
from achievements.importing.problems import Problem, problems_of
from achievements.models import Expert, Listing
from achievements.services.import_objects import TABLES, parent_field, through
from achievements.services.orcids import holder_of

UNTITLED = "untitled"  # the code of rows that a choice of columns can mend, but no cell


@dataclass
class Written:
    """What became of a draft: “created”, “updated” or “unchanged”; without a listing, “skipped”, or
    “merged” when it was so before. Where the draft has problems it was refused, and nothing of it
    was written.

    ``submitted``: this import hands it in, to the reviewers or past them; ``held``: it would, were
    the row good enough; ``before``: what of its state handing it in changed. ``unseen``: what
    changed that a reviewer must look at again.
    """

    draft: Draft
    obj: Any
    outcome: str
    published: bool = False
    submitted: bool = False
    held: bool = False
    before: dict[str, Any] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    terms: bool = False
    tables: dict[str, list[models.Model]] = field(default_factory=dict)

    @property
    def key(self) -> int:
        """The listing's primary key."""
        return int(self.obj.pk)

    @property
    def is_public(self) -> bool:
        """Whether its listing is published."""
        return bool(self.obj.state == Listing.State.PUBLISHED)

    @property
    def awaits_review(self) -> bool:
        """Whether this row gave the reviewers something to do: handed in, or changed while live."""
        if self.submitted:
            return self.obj.state == Listing.State.IN_REVIEW
        return bool(self.unseen) and self.obj.state == Listing.State.PUBLISHED


def blame(written: Written, error: DatabaseError) -> None:
    """Find which constraint refused a row by asking each of them, and say its message."""
    problems = written.draft.problems
    line = written.draft.line
    taken, untitled = _taken_orcid(written), _untitled(written)
    problems += [*taken, *untitled]
    known = {"orcid"} if taken else set()
    known |= {"title_en", "title_zh"} if untitled else set()
    rows: list[models.Model] = [written.obj]
    rows += [row for table in written.tables.values() for row in table]
    for row in rows:
        exclude = known if row is written.obj else {parent_field(row)}
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


def _untitled(written: Written) -> list[Problem]:
    """That no column gave a new listing its title; where one is empty, the reader has said so."""
    if written.obj.title_en or written.obj.title_zh:
        return []
    message = _("Give a title in English, in Chinese or in both.")
    return [Problem(written.draft.line, "", message, code=UNTITLED)]


def _taken_orcid(written: Written) -> list[Problem]:
    """That the row's person is in the pool, and where. Whoever reads the report may know no more of
    that profile than its page shows them, so the words do not name it."""
    if not isinstance(written.obj, Expert):
        return []
    holder = holder_of(written.obj.orcid, besides=written.obj.pk, reader=None)
    if holder is None:
        return []
    message = _("A profile of the pool has this ORCID iD already.")
    return [
        Problem(written.draft.line, "orcid", message, code="orcid_taken", listing=holder.pk),
    ]


def write_terms(batch: Sequence[Written]) -> None:
    """Insert what classifies new or changed listings; one statement."""
    row = through()
    row.objects.bulk_create(
        row(listing_id=written.obj.pk, term_id=term)
        for written in batch
        if written.terms
        for term in sorted(written.draft.terms or ())
    )


def write_tables(batch: Sequence[Written]) -> None:
    """Insert the rows within new or changed listings; a statement for each table."""
    for name, model in TABLES.items():
        rows = []
        for written in batch:
            for row in written.tables.get(name, []):
                row.pk = None
                setattr(row, f"{parent_field(row)}_id", written.obj.pk)
                rows.append(row)
        if rows:
            model._default_manager.bulk_create(rows)
