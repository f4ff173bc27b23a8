"""The cells of a workbook, a row at a time, in memory that no file can make grow.

openpyxl reads lists, styles and names of a workbook whole, fills rows and columns that are left
out, and keeps what it has read of a sheet: a few kilobytes can cost it gigabytes. Here every part
comes as a stream of elements that are dropped as soon as they are read; only what a cell means is
asked of openpyxl.
"""

import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, cast
from xml.etree.ElementTree import Element, XMLPullParser
from xml.parsers import expat

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, WINDOWS_EPOCH
from openpyxl.worksheet._reader import WorkSheetParser

from achievements.importing.files import MAX_SHARED_TEXT_BYTES, MEGABYTE, damaged, refused

CHUNK = 64 * 1024
MAX_COLUMNS = 500
MAX_ROWS = 1_048_576  # what a spreadsheet has
MAX_TEXTS = 2_000_000
MAX_EMPTY = 10_000  # of these texts, which are to be different ones
# After so many empty ones no row is looked for: some people colour a million.
MAX_EMPTY_ROWS = 50_000
MAX_SHEETS = 1_000
MAX_STYLES = 65_536
# What one row or text may hold: 16,384 cells with a value and a formula each are 49,152 elements.
MAX_HELD = 100_000
MAX_HELD_BYTES = 8 * MEGABYTE
MAX_OTHERS = 100_000  # merged cells, links, rules and whatever else stands in a part

_LETTERS = "$ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class _Held:
    """How much of a part is in memory, and how much that nobody wants was in it; both bounded."""

    def __init__(self) -> None:
        self.elements = self.bytes = self.unwanted = 0

    def read(self, size: int) -> None:
        """So many bytes more."""
        self.bytes += size
        if self.bytes > MAX_HELD_BYTES:
            raise refused()

    def begin(self, *, wanted: bool) -> None:
        """One element more."""
        self.elements += 1
        self.unwanted += not wanted
        if self.elements > MAX_HELD or self.unwanted > MAX_OTHERS:
            raise refused()

    def drop(self, around: list[Element]) -> None:
        """All is let go but the elements that have not ended."""
        if around:
            del around[-1][:]
        self.elements, self.bytes = len(around), 0


def elements(
    archive: zipfile.ZipFile, name: str, *wanted: str, under: str = ""
) -> Iterator[Element]:
    """The elements of a part with one of these names, each whole; all others are dropped.

    ``under``: only those that stand right in an element of this name. Raises ValidationError for a
    part with a DOCTYPE, and where one element, or the depth at which elements stand in each other,
    is far from anything that a workbook holds.
    """
    _refuse_doctype(archive, name)
    parser: XMLPullParser[Any] = XMLPullParser(["start", "end"])  # no DOCTYPE, so no entities
    around: list[Element] = []

    def matches(element: Element) -> bool:
        parent = around[-1].tag if around else ""
        return element.tag in wanted and under in ("", parent)

    depth, held = 0, _Held()  # depth: of a wanted element and those in it
    with archive.open(name) as part:
        while chunk := part.read(CHUNK):
            held.read(len(chunk))
            parser.feed(chunk)
            for event, element in cast("Iterator[tuple[str, Element]]", parser.read_events()):
                if event == "start":
                    if depth or matches(element):
                        depth += 1
                    else:
                        around.append(element)
                    held.begin(wanted=depth > 0)
                elif depth > 1:
                    depth -= 1
                else:
                    if depth:
                        depth = 0
                        yield element
                    else:
                        around.pop()
                    held.drop(around)
    parser.close()


def _refuse_doctype(archive: zipfile.ZipFile, name: str) -> None:
    """Where entities could be declared, they could be used to unpack without end."""
    begun: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, _attributes: begun.append(tag)
    parser.StartDoctypeDeclHandler = _doctype
    with archive.open(name) as part:
        while not begun and (chunk := part.read(CHUNK)):
            if part.tell() > MEGABYTE:
                raise refused()
            try:
                parser.Parse(chunk)
            except expat.ExpatError as error:
                raise damaged() from error


def _doctype(*_args: Any) -> None:
    raise ValidationError(
        _("The workbook contains XML entities and is refused. Save it again with Excel."),
        code="xml",
    )


class Workbook:
    """The sheets of an open archive. Raises ValidationError, and whatever odd XML makes openpyxl
    and the parser raise."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._part = self._targets("_rels/.rels", "").get("officeDocument", ["xl/workbook.xml"])[0]
        folder, base = posixpath.split(self._part)
        self._folder = folder
        kinds = self._targets(f"{folder}/_rels/{base}.rels".lstrip("/"), folder)
        self._links = dict(kinds.pop("", []))
        self._epoch = WINDOWS_EPOCH
        self._dates: set[int] = set()
        self._durations: set[int] = set()
        self._texts: list[str] = []
        for name in kinds.get("styles", [])[:1]:
            self._read_styles(name)
        for name in kinds.get("sharedStrings", [])[:1]:
            self._read_texts(name)

    def _targets(self, name: str, folder: str) -> dict[str, Any]:
        """Kind of relation → parts; under the empty name pairs of the relation's id and part."""
        found: dict[str, Any] = {"": []}
        if name not in self._archive.NameToInfo:
            return found
        for element in elements(self._archive, name, _RELATION):
            target = element.get("Target", "")
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            found[""].append((element.get("Id", ""), path))
            found.setdefault(element.get("Type", "").rpartition("/")[2], []).append(path)
            if len(found[""]) > MAX_SHEETS:
                raise refused()
        return found

    def _read_texts(self, name: str) -> None:
        if self._archive.getinfo(name).file_size > MAX_SHARED_TEXT_BYTES:
            raise refused()
        empty = 0
        for element in elements(self._archive, name, f"{_MAIN}si"):
            pieces = [*element.findall(f"{_MAIN}t"), *element.findall(f"{_MAIN}r/{_MAIN}t")]
            text = "".join(piece.text or "" for piece in pieces)
            self._texts.append(text.replace("x005F_", ""))
            empty += not text
            if empty > MAX_EMPTY or len(self._texts) > MAX_TEXTS:
                raise refused()

    def _read_styles(self, name: str) -> None:
        """Which styles of cells show dates or durations."""
        own: dict[int, str] = {}
        shapes = elements(self._archive, name, f"{_MAIN}numFmt")
        for count, element in enumerate(shapes):
            own[int(element.get("numFmtId", 0))] = element.get("formatCode", "")
            if count > MAX_STYLES:
                raise refused()
        used: list[int] = []
        for element in elements(self._archive, name, f"{_MAIN}xf", under=f"{_MAIN}cellXfs"):
            used.append(int(element.get("numFmtId", 0)))
            if len(used) > MAX_STYLES:
                raise refused()
        for number, shape in enumerate(used):
            code = own.get(shape) or builtin_format_code(shape)
            if is_date_format(code):
                self._dates.add(number)
            if is_timedelta_format(code):
                self._durations.add(number)

    def sheets(self) -> Iterator["Sheet"]:
        """Its sheets in order, each once; what is a chart comes without rows."""
        parts: list[str] = []
        told = elements(self._archive, self._part, f"{_MAIN}workbookPr", f"{_MAIN}sheet")
        for count, element in enumerate(told):
            if count > MAX_SHEETS:
                raise refused()
            if element.tag == f"{_MAIN}workbookPr":
                if element.get("date1904") in ("1", "true"):
                    self._epoch = CALENDAR_MAC_1904
                continue
            name = self._links.get(element.get(_ID, ""), "")
            if name in self._archive.NameToInfo and name not in parts:
                parts.append(name)
        for name in parts:
            reader = WorkSheetParser(
                None,
                self._texts,
                data_only=True,
                epoch=self._epoch,
                date_formats=self._dates,
                timedelta_formats=self._durations,
            )
            yield Sheet(self._archive, name, reader)


class Sheet:
    """One table. ``stated`` is how many rows it says it has, as far as it was read; 0: nothing."""

    def __init__(self, archive: zipfile.ZipFile, name: str, reader: WorkSheetParser) -> None:
        self._archive, self._name, self._reader = archive, name, reader
        self.stated = 0

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Number and cells of each row that is there; a number that goes back is skipped.

        Cells end with the last one that holds something; one beyond the 500th comes as the 501st.
        """
        last = empty = 0
        for element in elements(self._archive, self._name, f"{_MAIN}dimension", f"{_MAIN}row"):
            if element.tag == f"{_MAIN}dimension":
                end = element.get("ref", "").rpartition(":")[2].lstrip(_LETTERS)
                self.stated = min(int(end), MAX_ROWS) if end.isdecimal() and len(end) < 9 else 0
                continue
            number, cells = self._reader.parse_row(element)
            self._reader.row_dimensions.clear()  # which it keeps for every row
            row = _in_columns(cells)
            empty = 0 if row else empty + 1
            if number > MAX_ROWS:
                raise refused()
            if empty > MAX_EMPTY_ROWS:
                return
            if number > last:
                last = number
                yield number, row


def _in_columns(cells: list[dict[str, Any]]) -> list[Any]:
    row: list[Any] = []
    for cell in cells:
        if cell["value"] is None:
            continue
        place = min(cell["column"], MAX_COLUMNS + 1)
        row += [None] * (place - len(row))
        row[place - 1] = cell["value"]
    return row
