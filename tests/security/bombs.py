"""Small files that unpack to a flood, or that cost a reader far more than they weigh.

Run as a module with a folder, it reads every file there as an upload is read, with at most 50 MB
more than before, and prints what came of it.
"""

import json
import resource
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{OFFICE}.sharedStrings+xml"/>'
    "</Types>"
)
FLOOD = 4_000_000  # bytes in one part: far less than what is refused by its size alone
LONG = 9_000_000  # the same for one text
MORE_MEMORY = 50_000_000
LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
ENTITIES = f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]>'
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>title_en</t></is></c></row>'
GOOD = '<row r="2"><c r="A2" t="inlineStr"><is><t>A title</t></is></c></row>'
REST = "</sheetData></worksheet>"
DATA = f"<worksheet {MAIN}><sheetData>"


def flood(piece: str, size: int = FLOOD) -> str:
    """As many of a piece as fit."""
    return piece * (size // len(piece))


def relations(*targets: tuple[str, str]) -> str:
    """Relations of a part: kind and part of each."""
    found = "".join(
        f'<Relationship Id="r{number}" Type="{KIND}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets)
    )
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{found}</Relationships>"
    )


def workbook(sheet: str = "", **parts: str) -> dict[str, str]:
    """Parts of a workbook of one sheet; others by the last part of their name."""
    told = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{KIND}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
        ),
        "xl/styles.xml": f"<styleSheet {MAIN}/>",
        "xl/sharedStrings.xml": f"<sst {MAIN}/>",
        "xl/worksheets/sheet1.xml": sheet or f"{DATA}{ROW}{GOOD}{REST}",
    }
    for name, text in parts.items():
        place = next(place for place in told if place.endswith(f"{name}.xml"))
        told[place] = text
    return told


def packed(parts: Callable[[], dict[str, str]]) -> Callable[[Path], None]:
    """Writes them."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, text in parts().items():
                archive.writestr(name, text)

    return write


def stating(size: int, **parts: str) -> Callable[[Path], None]:
    """A workbook whose directory says that one part unpacks to so much."""

    def write(path: Path) -> None:
        packed(lambda: workbook(**parts))(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.getinfo("xl/sharedStrings.xml").file_size = size
            archive._didModify = True  # type: ignore[attr-defined] # so that it is written anew

    return write


def crowded(path: Path, *, hidden: bool = False) -> None:
    """8,000 entries with long names; ``hidden``: the usual end of the archive tells of one only."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in workbook().items():
            archive.writestr(name, text)
        archive.writestr("word/document.xml", "<x/>")
        info = zipfile.ZipInfo("x")
        archive.writestr(info, "")
        for number in range(8_000):
            info.filename = f"{number:0100}"
            archive.filelist.append(_like(info))
    if not hidden:
        return
    data = path.read_bytes()
    at = data.rindex(b"PK\5\6")
    end = struct.unpack("<4s4H2LH", data[at:])
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, end[4], end[4], end[5], end[6])
    found = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    small = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 100, end[6], 0)
    path.write_bytes(data[:at] + large + found + small)


def _like(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(info.filename)
    made.header_offset, made.CRC = info.header_offset, info.CRC
    return made


def opened(mimetype: str) -> dict[str, str]:
    """Parts of an OpenDocument file of this type."""
    return {"mimetype": mimetype, "content.xml": "<x/>"}


def _wide(number: int) -> str:
    return f'<row r="{number}"><c r="XFD{number}"><v>1</v></c></row>'


STRINGS = f"<sst {MAIN}>"
STYLES = f"<styleSheet {MAIN}>"
SHEETS = f'<workbook {MAIN} xmlns:r="{KIND}"><sheets>'
# Name of the file → who writes it, what comes of it.
BOMBS: dict[str, tuple[Callable[[Path], None], str]] = {
    "good.xlsx": (packed(lambda: workbook()), "read"),
    # By what the archive tells of itself.
    "ratio.xlsx": (stating(20_000_000), "bomb"),
    "texts.xlsx": (stating(70_000_000, sharedStrings="x" * 900_000), "bomb"),
    "crowded.xlsx": (crowded, "bomb"),
    "crowded-hidden.xlsx": (lambda path: crowded(path, hidden=True), "bomb"),
    "crowded.docx": (crowded, "content"),
    "crowded-hidden.docx": (lambda path: crowded(path, hidden=True), "content"),
    "mimetype.odt": (packed(lambda: opened("x" * 60_000_000)), "content"),
    # Entities.
    "laughs-sheet.xlsx": (packed(lambda: workbook(f"{ENTITIES}{DATA}<row>&i;</row>{REST}")), "xml"),
    "laughs-texts.xlsx": (
        packed(lambda: workbook(sharedStrings=f"{ENTITIES}{STRINGS}<si><t>&i;</t></si></sst>")),
        "xml",
    ),
    "laughs-styles.xlsx": (
        packed(lambda: workbook(styles=f"{ENTITIES}{STYLES}&i;</styleSheet>")),
        "xml",
    ),
    "laughs-book.xlsx": (packed(lambda: workbook(workbook=f"{ENTITIES}{SHEETS}&i;")), "xml"),
    "square.xlsx": (
        packed(
            lambda: workbook(
                f'<!DOCTYPE x [<!ENTITY a "{"a" * 90_000}">]>{DATA}{"&a;" * 90_000}{REST}'
            )
        ),
        "xml",
    ),
    "outside.xlsx": (
        packed(
            lambda: workbook(f'<!DOCTYPE x SYSTEM "file:///etc/passwd">{DATA}{ROW}{GOOD}{REST}')
        ),
        "xml",
    ),
    "comment.xlsx": (
        packed(lambda: workbook(f"<!--{flood('x', LONG)}-->{DATA}{ROW}{REST}")),
        "bomb",
    ),
    # Sheets.
    "stated.xlsx": (
        packed(
            lambda: workbook(
                f'<worksheet {MAIN}><dimension ref="A1:XFD1048576"/><sheetData>{ROW}{GOOD}{REST}'
            )
        ),
        "read",
    ),
    "far.xlsx": (packed(lambda: workbook(f'{DATA}{ROW}<row r="9999999999"/>{REST}')), "bomb"),
    "far-inside.xlsx": (packed(lambda: workbook(f'{DATA}{ROW}<row r="1048576"/>{REST}')), "read"),
    "wide.xlsx": (
        packed(lambda: workbook(DATA + ROW + "".join(map(_wide, range(2, 5_000))) + REST)),
        "read",
    ),
    "wide-header.xlsx": (packed(lambda: workbook(DATA + _wide(1) + REST)), "header"),
    "cells.xlsx": (packed(lambda: workbook(f"{DATA}<row>{flood('<c/>')}</row>{REST}")), "bomb"),
    "rows.xlsx": (packed(lambda: workbook(f"{DATA}{flood('<row/>')}{REST}")), "empty"),
    "others.xlsx": (packed(lambda: workbook(f"{DATA}{flood('<x/>')}{REST}")), "bomb"),
    "merged.xlsx": (
        packed(
            lambda: workbook(f"<worksheet {MAIN}><mergeCells>{flood('<mergeCell/>')}</mergeCells>")
        ),
        "bomb",
    ),
    "nested.xlsx": (packed(lambda: workbook(DATA + flood("<a>"))), "bomb"),
    "nested-row.xlsx": (packed(lambda: workbook(f"{DATA}<row>{flood('<a>')}")), "bomb"),
    "text.xlsx": (
        packed(
            lambda: workbook(
                f'{DATA}<row><c t="inlineStr"><is><t>{flood("x", LONG)}</t></is></c></row>{REST}'
            )
        ),
        "bomb",
    ),
    "attribute.xlsx": (
        packed(lambda: workbook(f'{DATA}<row a="{flood("x", LONG)}"/>{REST}')),
        "bomb",
    ),
    "blanks.xlsx": (packed(lambda: workbook(f"{DATA}{flood(' ', LONG)}{ROW}{REST}")), "bomb"),
    # What is read before the sheets.
    "texts-many.xlsx": (
        packed(lambda: workbook(sharedStrings=f"{STRINGS}{flood('<si/>')}</sst>")),
        "bomb",
    ),
    "texts-rich.xlsx": (
        packed(lambda: workbook(sharedStrings=f"{STRINGS}<si>{flood('<r><t/></r>')}</si></sst>")),
        "bomb",
    ),
    "styles.xlsx": (
        packed(
            lambda: workbook(styles=f"{STYLES}<cellXfs>{flood('<xf/>')}</cellXfs></styleSheet>")
        ),
        "bomb",
    ),
    "formats.xlsx": (
        packed(lambda: workbook(styles=STYLES + flood("<numFmt/>"))),
        "bomb",
    ),
    "styles-nested.xlsx": (packed(lambda: workbook(styles=STYLES + flood("<a>"))), "bomb"),
    "names.xlsx": (packed(lambda: workbook(workbook=f"{SHEETS}{flood('<definedName/>')}")), "bomb"),
    "sheets.xlsx": (
        packed(lambda: workbook(workbook=f"{SHEETS}{flood('<sheet/>')}</sheets></workbook>")),
        "bomb",
    ),
    "relations.xlsx": (
        packed(lambda: {**workbook(), "_rels/.rels": relations(*[("a", "b")] * 100_000)}),
        "bomb",
    ),
}


def outcome(path: Path) -> str:
    """The code of the error with which an upload is refused, or ``read``."""
    from django.core.exceptions import ValidationError

    from achievements.files import examine
    from achievements.importing.readers import read_file

    try:
        if path.suffix == ".xlsx":
            with read_file(path, max_unpacked=200 * 1024 * 1024) as source:
                for _row in source.rows:
                    pass
        else:
            examine(path.name, path.read_bytes())
    except ValidationError as error:
        return str(error.code)
    except Exception as error:  # noqa: BLE001 - what escapes is what is looked for
        return f"{type(error).__name__}: {error}"
    return "read"


def _memory(name: str) -> int:
    """Bytes of this process: VmSize what is mapped, VmRSS what is there, VmHWM the most so far."""
    with Path("/proc/self/status").open() as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))


def main(folder: Path) -> None:
    """Read every file of the folder, each with so much more memory than before."""
    from django.conf import settings

    settings.configure(USE_I18N=False)
    outcome(folder / "good.xlsx")  # imports what is needed
    for path in sorted(folder.iterdir()):
        Path("/proc/self/clear_refs").write_text("5")  # the most so far begins anew
        before, most = _memory("VmRSS"), _memory("VmSize") + MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        begun = time.process_time()
        found = outcome(path)
        seconds = time.process_time() - begun
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        grown = max(0, _memory("VmHWM") - before) / 1e6
        print(json.dumps([path.name, found, round(seconds, 2), round(grown, 1)]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
