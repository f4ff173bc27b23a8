"""Keeping the rows of a file that somebody has to look at, while the import itself is undone."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple, Self

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from achievements.importing.cells import as_typed
from achievements.importing.problems import Problem
from achievements.models import ImportDuplicate, ImportRefusal, ImportRun
from achievements.services.import_duplicates import Duplicate

_BATCH = 500
_IN_MEMORY = 4 * 1024 * 1024
Outcome = ImportDuplicate.Outcome
_CONTENT = ["title", "content", "listing", "other_line", "reason", "number", "likeness"]
_WRITTEN = [*_CONTENT, "outcome"]  # the choice stays


class _Before(NamedTuple):
    """What is known of a row from the check, or from an import that was broken off."""

    listing: int | None
    other_line: int | None
    choice: str
    outcome: str


class RowKeeper:
    """Collects refused rows and possible duplicates of one run, and writes them at the end.

    A check happens in a transaction that is taken back, so what is to stay waits in a file beside
    it; memory does not grow with the number of rows. Choices made before are known by line.
    """

    def __init__(self, run: ImportRun) -> None:
        self.run = run
        self._file: Any = None
        rows: Any = ImportDuplicate.objects.filter(run=run).values_list(
            "line", "listing", "other_line", "choice", "outcome"
        )
        self._before = {line: _Before(*rest) for line, *rest in rows.iterator()}

    @contextmanager
    def collecting(self) -> Iterator[Self]:
        """Open the file that what is kept waits in; it goes afterwards, whatever happened."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="utf-8") as self._file:
            yield self

    def merged_into(self, line: int) -> int | None:
        """The listing a row went into when this import was at it before."""
        before = self._before.get(line)
        return before.listing if before and before.outcome == Outcome.MERGED else None

    def choice(self, line: int, duplicate: Duplicate, target: int, made: Mapping[int, int]) -> str:
        """What is to become of a row: its own choice, made while looking at this same listing or
        row, else that of the run. ``made``: line → listing, of the rows so far."""
        before = self._before.get(line)
        if before is None or not before.choice:
            return self.run.duplicates
        seen = before.listing or made.get(before.other_line or 0)
        return before.choice if seen in (duplicate.listing, target) else self.run.duplicates

    def refuse(self, line: int, row: Any, problems: list[Problem]) -> None:
        """Keep a refused row with its cells."""
        cells: list[tuple[str, str]] = []
        if not isinstance(row, ValidationError):
            cells = [(header, as_typed(cell)) for header, cell in row.items()]
        self._write(
            "refusal", line=line, cells=cells, problems=[each.as_data() for each in problems]
        )

    def duplicate(
        self, line: int, found: Duplicate, outcome: str = "", listing: int | None = None
    ) -> None:
        """Keep a possible duplicate; ``outcome`` is empty in a check, ``listing`` the one it is in
        after an import."""
        values = _values(line, found) | {"outcome": outcome}
        self._write("duplicate", **values | ({"listing_id": listing} if listing else {}))

    def merged(self, rows: Iterable[tuple[int, Duplicate, int]]) -> None:
        """Keep at once, within the transaction that merges them, what was merged into which
        listing, so that an import that is begun again does not merge it again."""
        self._save_duplicates(
            _values(line, found) | {"listing_id": target, "outcome": Outcome.MERGED}
            for line, found, target in rows
        )

    def _write(self, sort: str, **values: Any) -> None:
        text = json.dumps([sort, values], cls=DjangoJSONEncoder)
        self._file.write(f"{text}\n")

    @transaction.atomic
    def save(self) -> None:
        """Write what was collected in place of what was kept before; choices stay."""
        ImportRefusal.objects.filter(run=self.run).delete()
        kept = set()
        self._file.seek(0)
        lines = iter(self._file)
        while batch := [json.loads(line) for line in islice(lines, _BATCH)]:
            ImportRefusal.objects.bulk_create(
                ImportRefusal(run=self.run, **values) for sort, values in batch if sort == "refusal"
            )
            found = [values for sort, values in batch if sort == "duplicate"]
            kept |= {values["line"] for values in found}
            self._save_duplicates(found)
        stale = ImportDuplicate.objects.filter(run=self.run, outcome=Outcome.WAITING)
        gone = [line for line in stale.values_list("line", flat=True) if line not in kept]
        stale.filter(line__in=gone).delete()

    def _save_duplicates(self, found: Iterable[dict[str, Any]]) -> None:
        rows = [ImportDuplicate(run=self.run, **values) for values in found]
        if rows:
            ImportDuplicate.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["run", "line"],
                update_fields=_WRITTEN,
            )


def _values(line: int, found: Duplicate) -> dict[str, Any]:
    return {
        "line": line,
        "title": found.title[:300],
        "content": found.content,
        "listing_id": found.listing,
        "other_line": found.other_line,
        "reason": found.reason,
        "number": found.number,
        "likeness": found.likeness,
    }
