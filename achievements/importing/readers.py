"""The rows of a file, one at a time: each a line number with a mapping of header to value."""

import codecs
import csv
import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from achievements.importing.files import CHUNK, MEGABYTE, Opened, damaged, opened
from achievements.importing.workbooks import MAX_COLUMNS, Workbook

MAX_UNPACKED = 512 * MEGABYTE
MAX_LINE = 2 * MEGABYTE  # characters

Row = tuple[int, dict[str, Any] | ValidationError]


@dataclass
class Source:
    """A readable table. ``total`` and ``position()`` are in bytes of the file on disk or, where
    ``unit`` is “row”, in rows; ``total`` is 0 when nobody can say."""

    rows: Iterator[Row]
    file: Opened
    total: int
    unit: str
    line: int = 0

    def position(self) -> int:
        """How far the reading has come, in ``unit``."""
        return self.line if self.unit == "row" else self.file.position()


@contextmanager
def read_file(path: Path, *, max_unpacked: int = MAX_UNPACKED) -> Iterator[Source]:
    """Open ``path`` for reading; its rows come lazily, so memory does not grow with the file.

    Raises ValidationError, at once or from the iteration, when the file as a whole cannot be read.
    A single row that cannot be read comes as its ValidationError in the row's place.
    """
    with opened(path, max_unpacked=max_unpacked) as file:
        if file.form == "xlsx":
            source = Source(iter(()), file, 0, "row")
            source.rows = _workbook_rows(source)
        else:
            source = Source(iter(()), file, file.size, "B")
            source.rows = _jsonl_rows(file) if file.form == "jsonl" else _csv_rows(file)
        yield source


def _lines(file: Opened) -> Iterator[str]:
    """Decoded lines with their ends; refuses a line longer than MAX_LINE, never holds more."""
    decoder = codecs.getincrementaldecoder(file.encoding)()
    stream = file.open()
    rest = ""
    try:
        while True:
            chunk = stream.read(CHUNK)
            rest += decoder.decode(chunk, final=not chunk)
            parts = rest.split("\n")
            rest = parts.pop()
            for part in parts:
                yield part + "\n"
            if len(rest) > MAX_LINE:
                raise ValidationError(
                    _("A line of the file is longer than %(limit)s million characters."),
                    code="line_too_long",
                    params={"limit": MAX_LINE // MEGABYTE},
                )
            if not chunk:
                break
        if rest:
            yield rest
    finally:
        stream.close()


def _jsonl_rows(file: Opened) -> Iterator[Row]:
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if isinstance(record, dict):
            yield number, record
        else:
            yield (
                number,
                ValidationError(
                    _("The line is not a JSON object. Write one such as {“title”: “…”}."),
                    code="json",
                ),
            )


def _delimiter(header: str) -> str:
    """Excel writes semicolons or tabs in some countries; the header tells."""
    counts = {mark: header.count(mark) for mark in (",", "\t", ";", "，")}
    return max(counts, key=lambda mark: counts[mark])


def _csv_rows(file: Opened) -> Iterator[Row]:
    lines = _lines(file)
    first, skipped = "", -1
    for first in lines:
        skipped += 1
        if first.strip("\ufeff\r\n ,;\t"):
            break

    def all_lines() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(all_lines(), delimiter=_delimiter(first), strict=True)
    try:
        headers = clean_headers(next(reader, []))
        while True:
            number = reader.line_num + max(skipped, 0) + 1
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield number, _by_header(headers, cells)
    except csv.Error as error:
        raise ValidationError(
            _(
                "The table breaks off at line %(line)s: a quotation mark is not closed, or a cell "
                "is too long. Mend the line and try again."
            ),
            code="csv",
            params={"line": reader.line_num},
        ) from error


def clean_headers(cells: list[Any]) -> list[str]:
    """Header texts without blanks at the end; raises ValidationError for a repeated one."""
    headers = ["" if cell is None else str(cell).strip() for cell in cells]
    while headers and not headers[-1]:
        headers.pop()
    if not headers or len(headers) > MAX_COLUMNS:
        raise ValidationError(
            _("The first line must name the columns, %(limit)s at most."),
            code="header",
            params={"limit": MAX_COLUMNS},
        )
    named = [header for header in headers if header]
    for header in named:
        if named.count(header) > 1:
            raise ValidationError(
                _("The column “%(header)s” appears twice. Keep one of them."),
                code="header",
                params={"header": header},
            )
    return [header or f"#{number}" for number, header in enumerate(headers, start=1)]


def _by_header(headers: list[str], cells: list[Any]) -> dict[str, Any] | ValidationError:
    extra = cells[len(headers) :]
    if any(cell is not None and str(cell).strip() for cell in extra):
        return ValidationError(
            _(
                "The row has %(cells)s cells, the header only %(columns)s. Put cells with "
                "separators in quotation marks."
            ),
            code="cells",
            params={"cells": len(cells), "columns": len(headers)},
        )
    return dict(zip(headers, cells, strict=False))


def _workbook_rows(source: Source) -> Iterator[Row]:
    """Rows of the first sheet that has any; formulas count as their last computed value."""
    try:
        with source.file.open() as file, zipfile.ZipFile(file) as archive:
            for sheet in Workbook(archive).sheets():
                headers: list[str] | None = None
                for number, cells in sheet.rows():
                    source.line, source.total = number, sheet.stated
                    if not any(str(cell).strip() for cell in cells if cell is not None):
                        continue
                    if headers is None:
                        headers = clean_headers(cells)
                    else:
                        yield number, _by_header(headers, cells)
                if headers is not None:
                    return
    except (
        zipfile.BadZipFile,
        ParseError,
        OSError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        NotImplementedError,
        zlib.error,
    ) as error:
        raise damaged() from error
    raise ValidationError(_("The workbook has no rows."), code="empty")
