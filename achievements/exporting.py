"""Tables as files: CSV and XLSX that no spreadsheet takes for formulas; pure computation."""

import csv
import unicodedata
from collections.abc import Iterable, Sequence
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
_CELL_LENGTH = 32_000  # a spreadsheet's cell holds 32,767 characters
_WIDEST = 60


def write_table(headers: Sequence[str], rows: Iterable[Sequence[Any]], form: str) -> bytes:
    """The file of a table: ``form`` is ``csv`` or ``xlsx``.

    Numbers stay numbers. A text that a spreadsheet would take for a formula gets an apostrophe in
    front. CSV is UTF-8 with the mark by which Excel knows it.
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
    return f"'{text}" if _begins_formula(text) else text


def _begins_formula(text: str) -> bool:
    """Also in full width or small, after blanks, and after apostrophes, of which one comes off."""
    bare = text.lstrip("'")
    first = unicodedata.normalize("NFKC", bare.lstrip(_BLANKS)[:1])
    return bare.startswith(("\t", "\r", "\n")) or first.startswith(("=", "+", "-", "@"))


def unescaped(text: str) -> str:
    """A text as it was before :func:`write_table` put an apostrophe in front."""
    return text[1:] if text.startswith("'") and _begins_formula(text) else text


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
