"""The refused rows of a file with their cells, to be corrected on the page or in the file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from achievements.exporting import write_table
from achievements.importing.cells import is_empty, plain
from achievements.importing.readers import read_file
from achievements.models import ImportRun
from achievements.services.importing import corrected


@dataclass
class RefusedRow:
    """A row of the file: its line, its cells by header, and why it is refused. ``problems`` are
    those of the report: ``field`` (a header, or empty) and ``message`` by language."""

    line: int
    cells: dict[str, str]
    problems: list[dict[str, Any]] = field(default_factory=list)


def refused_rows(run: ImportRun, *, start: int = 0, most: int | None = None) -> list[RefusedRow]:
    """The rows that the last check refused, in their order, from the ``start``-th on.

    The report keeps the first thousand problems; later rows are not among them. Reads the file,
    with the cells corrected so far. Empty where the file is gone.
    """
    by_line: dict[int, list[dict[str, Any]]] = {}
    for problem in run.report.get("problems", []):
        by_line.setdefault(int(problem["line"]), []).append(problem)
    lines = sorted(by_line)[start:]
    wanted = set(lines if most is None else lines[:most])
    return [RefusedRow(line, cells, by_line[line]) for line, cells in _cells(run) if line in wanted]


def _cells(run: ImportRun) -> Iterator[tuple[int, dict[str, str]]]:
    if not run.file:
        return
    try:
        with read_file(Path(run.file.path)) as source:
            for line, row in corrected(source.rows, run.corrections):
                if isinstance(row, ValidationError):
                    yield line, {}
                else:
                    yield line, {header: _text(cell) for header, cell in row.items()}
    except (ValidationError, FileNotFoundError):
        return


def _text(cell: Any) -> str:
    """A cell as somebody would type it."""
    if is_empty(cell):
        return ""
    try:
        return plain(cell)
    except ValidationError:
        return json.dumps(cell, ensure_ascii=False, default=str)


def refused_rows_file(run: ImportRun, language: str) -> bytes:
    """The refused rows as CSV: the file's own columns, in front the line and the reasons.

    Corrected, it can be uploaded again as it is: columns nobody knows are not read.
    """
    rows = refused_rows(run)
    headers = list(dict.fromkeys(header for row in rows for header in row.cells))
    table = []
    for row in rows:
        reasons = [
            f"{problem['field']}: {text}" if problem["field"] else text
            for problem in row.problems
            if (text := problem["message"].get(language) or problem["message"].get("en", ""))
        ]
        table.append([row.line, " ".join(reasons), *(row.cells.get(name, "") for name in headers)])
    return write_table([_("Line of the file"), _("Why it is refused"), *headers], table, "csv")
