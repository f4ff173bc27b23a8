"""Choosing what becomes of the possible duplicates of a file, and showing both sides."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.comparing import Difference, compare
from achievements.importing.merging import merged_rows, merged_values
from achievements.importing.readers import read_file
from achievements.importing.rows import RowReader
from achievements.models import ImportDuplicate, ImportRun, Term
from achievements.services.import_duplicates import content_of
from achievements.services.import_fixing import locked_in
from achievements.services.importing import corrected
from achievements.services.snapshots import snapshots
from achievements.services.versions import changed_parts, names_in

Content = dict[str, Any]


@dataclass
class Pair:
    """A row of the file beside what it is like. ``other`` is None where that is gone; ``same``
    names what both say alike."""

    row: ImportDuplicate
    other: Content | None
    differences: list[Difference] = field(default_factory=list)
    same: list[str] = field(default_factory=list)


@transaction.atomic
def choose_duplicates(
    run: ImportRun,
    *,
    by: User,
    every: str | None = None,
    rows: Mapping[int, str] | None = None,
) -> ImportRun:
    """Say what becomes of possible duplicates of a checked file: of ``every`` one, which forgets
    what was chosen row by row, and then of ``rows`` (line → choice).

    Raises ValidationError in any other state, for a choice there is not, and for a line that is no
    duplicate; then nothing is changed. Audit event ``import.choose``.
    """
    locked = locked_in(run, ImportRun.State.CHECKED)
    chosen = dict(rows or {})
    if {*chosen.values(), *([every] if every else [])} - set(ImportRun.Duplicates.values):
        raise ValidationError(_("There is no such choice."), code="choice")
    found = ImportDuplicate.objects.filter(run=locked)
    if every:
        locked.duplicates = every
        locked.save(update_fields=["duplicates"])
        found.update(choice="")
    by_choice: dict[str, list[int]] = defaultdict(list)
    for line, choice in chosen.items():
        by_choice[choice].append(line)
    changed = sum(found.filter(line__in=n).update(choice=c) for c, n in by_choice.items())
    if changed < len(chosen):
        raise ValidationError(
            _("One of these lines is no possible duplicate. Reload the page."), code="line"
        )
    record_audit(
        by=by,
        verb="import.choose",
        obj=locked,
        organisation=locked.organisation,
        every=every or "",
        lines=len(chosen),
    )
    return locked


def chosen_counts(run: ImportRun) -> dict[str, int]:
    """How many possible duplicates are to be skipped, filled, replaced and created; one query."""
    counts = dict.fromkeys(ImportRun.Duplicates.values, 0)
    rows = run.duplicates_found.order_by().values("choice").annotate(n=Count("pk"))
    for row in rows:
        counts[row["choice"] or run.duplicates] += row["n"]
    return counts


def beside_each_other(run: ImportRun, rows: Sequence[ImportDuplicate]) -> list[Pair]:
    """Each row beside its listing or the earlier row; the same few queries for any number."""
    keys = [row.listing_id for row in rows if row.listing_id]
    listings = snapshots(run.kind, keys)
    lines = {row.other_line for row in rows if row.other_line and not row.listing_id}
    earlier = _rows_of_file(run, lines)
    terms = _term_keys([*(row.content for row in rows), *earlier.values()])
    pairs = []
    for row in rows:
        other = listings.get(row.listing_id or 0)
        if other is None and row.other_line in earlier:
            other = _as_version(earlier[row.other_line], terms)
        pairs.append(Pair(row, other))
    contents = {pair.row.pk: _as_version(pair.row.content, terms) for pair in pairs}
    known = [content for content in (*contents.values(), *(p.other for p in pairs)) if content]
    names = names_in(*known)
    for pair in pairs:
        if pair.other is not None:
            _tell_apart(run.kind, pair, contents[pair.row.pk], names)
    return pairs


def _tell_apart(kind: str, pair: Pair, row: Content, names: dict[str, str]) -> None:
    """Note in which parts merging could change anything, and which are the same."""
    other = pair.other or {}
    after = {
        "values": other["values"] | merged_values(row["values"], other["values"], replace=True),
        "fields": [*other["fields"], *(key for key in row["fields"] if key not in other["fields"])],
        "rows": {
            name: merged_rows(name, row["rows"].get(name, []), kept, replace=True)
            for name, kept in other["rows"].items()
        },
    }
    parts = changed_parts(kind, other, after)
    pair.differences = compare(kind, row, other, parts, names)
    said = [name for name, value in row["values"].items() if value == other["values"].get(name)]
    pair.same = [name for name in said if row["values"][name] not in (None, "", [])]


def _rows_of_file(run: ImportRun, lines: set[int]) -> dict[int, Content]:
    """What these lines say; nothing where the file is gone."""
    if not lines or not run.file:
        return {}
    reader = RowReader(run.kind, run.organisation, mapping=run.mapping)
    found: dict[int, Content] = {}
    try:
        with read_file(Path(run.file.path)) as source:
            for line, row in corrected(source.rows, run.corrections):
                if line in lines:
                    found[line] = content_of(reader.read(line, row))
                if len(found) == len(lines):
                    break
    except (ValidationError, FileNotFoundError):
        return {}
    return found


def _term_keys(contents: Sequence[Content]) -> dict[int, str]:
    keys = {key for content in contents for key in content.get("terms", [])}
    terms = Term.objects.filter(pk__in=keys).select_related("scheme")
    return {term.pk: f"{term.scheme.code}:{term.code}" for term in terms}


def _as_version(content: Content, terms: Mapping[int, str]) -> Content:
    """What a row says in the form of a version of a listing."""
    fields = sorted(terms[key] for key in content["terms"] if key in terms)
    return {"values": content["values"], "fields": fields, "rows": content["rows"]}
