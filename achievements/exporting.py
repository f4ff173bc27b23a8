"""Tables as files: CSV and XLSX that no spreadsheet takes for formulas; pure computation."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Blanks that some programs pass over, and some that no eye sees.
_BLANKS = " \t\r\n\u00a0\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_SEPARATOR = re.compile(r"(?<=[;|\t\n])")
_CELL_LENGTH = 32_000  # a spreadsheet's cell holds 32,767 characters
_WIDEST = 60


def write_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> bytes:
    """The file of a table: ``form`` is ``csv`` or ``xlsx``.

    Numbers stay numbers. A text that a spreadsheet would take for a formula gets an apostrophe in
    front, and so does what would be one if the text were taken apart at a semicolon, tab, bar or
    line end; :func:`unescaped` takes them out. CSV is UTF-8 with the mark by which Excel knows it.
    """
    safe = [[_safe(value) for value in row] for row in (headers, *rows)]
    return _csv(safe) if form == "csv" else _xlsx(safe)


def _safe(value: Any) -> Any:
    """A value as it may stand in a cell."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    text = "".join(sign for sign in str(value) if sign in "\t\n" or sign >= " ")[:_CELL_LENGTH]
    return _escaped(text)


def _begins_formula(text: str, *, quoted: bool) -> bool:
    """Also in full width or small, after blanks, and after apostrophes, of which one comes off;
    ``quoted``: and after quotation marks."""
    rest = text.lstrip(_BLANKS + "'" + '"' * quoted)
    return unicodedata.normalize("NFKC", rest[:1]).startswith(("=", "+", "-", "@"))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """What a spreadsheet may take for cells of its own, each with its separator, and whether it
    would take it for a formula.

    Many separate at semicolons, and then take the commas and quotation marks of our rows for text.
    """
    for number, part in enumerate(_SEPARATOR.split(text)):
        control = part.lstrip("'").startswith("\t" if number else ("\t", "\r", "\n"))
        yield part, control or _begins_formula(part, quoted=number > 0)


def _escaped(text: str) -> str:
    return "".join(f"'{part}" if formula else part for part, formula in _parts(text))


def unescaped(text: str) -> str:
    """A text as it was before :func:`write_table` put apostrophes into it."""
    return "".join(part.removeprefix("'") if formula else part for part, formula in _parts(text))


def _csv(rows: list[list[Any]]) -> bytes:
    buffer = StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def _xlsx(rows: list[list[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    buffer = BytesIO()
    try:
        _fill(sheet, rows)
        book.save(buffer)
    except OSError:
        _forget(sheet)
        raise
    return buffer.getvalue()


def _fill(sheet: Any, rows: list[list[Any]]) -> None:
    for number in range(len(rows[0])):
        widest = max(len(str(row[number])) for row in rows)
        sheet.column_dimensions[get_column_letter(number + 1)].width = min(widest + 2, _WIDEST)
    sheet.freeze_panes = "A2"
    for line, row in enumerate(rows):
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # whatever it begins with
            if line == 0:
                cell.font = Font(bold=True)
        sheet.append(cells)


def _forget(sheet: Any) -> None:
    """Remove the temporary file of a sheet that could not be written; openpyxl would keep it."""
    writer = getattr(sheet, "_writer", None)
    if writer is not None:
        with suppress(OSError):
            writer.cleanup()
