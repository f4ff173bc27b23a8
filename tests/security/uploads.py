"""Files that somebody means ill with, or that are only odd, and which doors keep them.

Each is a name, its bytes and the doors that keep it; every other door refuses it. To be kept by the
import means that it can be read as a table, not that any of its rows is good.
"""

import gzip
import io
import struct
import zipfile
import zlib
from typing import NamedTuple

from PIL import Image, PngImagePlugin

from tests.clamd_server import EICAR

SCRIPT = b"<script>alert(1)</script>"
MARK = b"alert(1)"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
TABLE = "title_en,summary_en\nA title,Its summary\n"
DOCTYPE = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>"
PDF = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
RUNS = b"<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>"
TYPES = "[Content_Types].xml"
MACRO = '<Types><Override ContentType="application/vnd.ms-office.vbaProject"/></Types>'

FILE, LOGO, PAPER, TABLES = "file", "logo", "document", "import"
DOORS = (FILE, LOGO, PAPER, TABLES)
NONE: tuple[str, ...] = ()
PICTURE = (FILE, LOGO, PAPER)


class Upload(NamedTuple):
    """One file and who keeps it."""

    name: str
    data: bytes
    kept_by: tuple[str, ...] = NONE


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """An image of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind, **options)
    return buffer.getvalue()


def archive(entries: dict[str, bytes | str], **options: int) -> bytes:
    """A ZIP of these entries, whatever they are called."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content, **options)
    return buffer.getvalue()


def office(extra: dict[str, bytes | str] | None = None, main: str = "word/document.xml") -> bytes:
    """The least that is taken for an Office document."""
    return archive({TYPES: "<Types/>", main: "<document/>", **(extra or {})})


def opened(extra: dict[str, bytes | str] | None = None, kind: str = "text") -> bytes:
    """The least that is taken for an OpenDocument file."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive({"mimetype": mimetype, "content.xml": "<x/>", **(extra or {})})


def huge_png(side: int) -> bytes:
    """A PNG of a hundred bytes whose header promises ``side`` × ``side`` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_text() -> bytes:
    """A PNG that carries a script in its description."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", SCRIPT.decode())
    return picture(pnginfo=info)


def with_texts_bomb() -> bytes:
    """A PNG whose packed description unpacks to 8 MB."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "a" * 8_000_000, zip=True)
    return picture(pnginfo=info)


def author() -> bytes:
    """A JPEG whose EXIF holds a script."""
    exif = Image.Exif()
    exif[0x013B] = SCRIPT.decode()
    return picture("JPEG", exif=exif)


def _workbook(sheet: str = "<sheetData/>") -> bytes:
    return office({"xl/worksheets/sheet1.xml": sheet}, main="xl/workbook.xml")


GIF = picture("GIF")
JPEG, PNG, WEBP = picture("JPEG"), picture(), picture("WEBP")
TWO = b"not what,it says\n"

UPLOADS = {
    # Two kinds at once.
    "gif-html": Upload("a.gif", b"GIF89a/*" + GIF[8:] + b"*/=1;" + SCRIPT),
    "gif-js-as-html": Upload("a.html", b"GIF89a=1;alert(1)//" + SCRIPT, (TABLES,)),
    "gif-as-png": Upload("a.png", GIF),
    "pdf-js": Upload("a.pdf", PDF.replace(b"<</Type/Catalog>>", RUNS), (FILE, PAPER, TABLES)),
    "pdf-as-js": Upload("a.js", PDF + b"/*" + SCRIPT, (PAPER, TABLES)),
    "pdf-html": Upload("a.pdf", PDF + SCRIPT, (FILE, PAPER, TABLES)),
    "pdf-zip": Upload("a.pdf", PDF + office(), (FILE, PAPER)),
    "html-pdf": Upload("a.pdf", SCRIPT + PDF),
    "html-zip": Upload("a.docx", SCRIPT + office()),
    "exe-zip": Upload("a.docx", b"MZ\x90\0" + office()),
    "png-html": Upload("a.png", PNG + SCRIPT, PICTURE),
    "jpeg-html": Upload("a.jpg", JPEG + SCRIPT, PICTURE),
    "jpeg-zip": Upload("a.jpg", JPEG + office(), PICTURE),
    "png-text": Upload("a.png", with_text(), PICTURE),
    "jpeg-exif": Upload("a.jpg", author(), PICTURE),
    "webp-html": Upload("a.webp", WEBP + SCRIPT, (FILE, LOGO)),
    "zip-tail": Upload("a.docx", office() + SCRIPT, (FILE,)),
    # Pages and drawings under every name.
    "svg": Upload("a.svg", SVG),
    "svg-as-png": Upload("a.png", SVG),
    "svg-as-text": Upload("a.txt", SVG, (FILE,)),
    "svg-as-pdf": Upload("a.pdf", SVG),
    "svg-packed": Upload("a.svgz", gzip.compress(SVG)),
    "html": Upload("a.html", SCRIPT),
    "html-as-pdf": Upload("a.pdf", b"<!DOCTYPE html>" + SCRIPT),
    "html-as-csv": Upload("a.csv", SCRIPT, (FILE,)),
    "html-as-docx": Upload("a.docx", b"<html>" + SCRIPT),
    "html-utf16": Upload("a.txt", SCRIPT.decode().encode("utf-16")),
    "html-utf7": Upload("a.txt", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-", (FILE, TABLES)),
    "xhtml": Upload("a.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>"),
    "mht": Upload("a.mht", b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + SCRIPT, (TABLES,)),
    "xml-doctype": Upload("a.xml", DOCTYPE),
    "xml-doctype-as-text": Upload("a.txt", DOCTYPE, (FILE,)),
    "xml-doctype-as-xlsx": Upload("a.xlsx", DOCTYPE),
    "js": Upload("a.js", b"alert(1)", (TABLES,)),
    "php-as-jpg": Upload("a.jpg", b"<?php system('id'); ?>"),
    "htaccess": Upload(".htaccess", b"AddType text/html .png", (TABLES,)),
    # Endings.
    "double": Upload("a.pdf.exe", PDF, (PAPER, TABLES)),
    "double-image": Upload("a.php.png", PNG, PICTURE),
    "double-html": Upload("a.html.pdf", PDF, (FILE, PAPER, TABLES)),
    "double-svg": Upload("a.svg.txt", SVG, (FILE,)),
    "dot-at-end": Upload("a.png.", PNG, (LOGO, PAPER)),
    "blank-at-end": Upload("a.pdf ", PDF, (FILE, PAPER, TABLES)),
    "stream": Upload("a.asp::$DATA.png", PNG, PICTURE),
    "stream-at-end": Upload("a.png::$DATA", PNG, (LOGO, PAPER)),
    "semicolon": Upload("a.asp;.png", PNG, PICTURE),
    "capitals": Upload("A.PnG", PNG, PICTURE),
    "none": Upload("a", PNG, (LOGO, PAPER)),
    "exe": Upload("a.exe", b"MZ\x90\0\3\0\0\0"),
    "exe-as-pdf": Upload("a.pdf", b"MZ\x90\0\3\0\0\0"),
    "elf-as-png": Upload("a.png", b"\x7fELF\2\1\1\0\0\0"),
    "jpeg-as-png": Upload("a.png", JPEG, PICTURE),
    "png-as-jpeg": Upload("a.jpeg", PNG, PICTURE),
    "png-as-pdf": Upload("a.pdf", PNG, (LOGO, PAPER)),
    "pdf-as-png": Upload("a.png", PDF, (PAPER, TABLES)),
    "docx-as-xlsx": Upload("a.xlsx", office()),
    "odt-as-ods": Upload("a.ods", opened()),
    "tiff": Upload("a.png", picture("TIFF")),
    "bmp": Upload("a.png", picture("BMP")),
    "ico": Upload("a.png", picture("ICO")),
    # Names.
    "path": Upload("../../../etc/cron.d/a.txt", TABLE.encode(), (FILE, TABLES)),
    "path-windows": Upload("..\\..\\windows\\a.txt", TABLE.encode(), (FILE, TABLES)),
    "path-absolute": Upload("/etc/passwd.txt", TABLE.encode(), (FILE, TABLES)),
    "path-encoded": Upload("..%2f..%2fa.txt", TABLE.encode(), (FILE, TABLES)),
    "path-drive": Upload("C:\\a.png", PNG, PICTURE),
    "nul": Upload("a.png\0.html", PNG, (LOGO, PAPER)),
    "nul-before": Upload("a.html\0.png", PNG, PICTURE),
    "newline": Upload("a\r\nX-Set: 1\r\n.png", PNG, PICTURE),
    "quotes": Upload('a";x="b.html";.png', PNG, PICTURE),
    "tag": Upload("<img src=x onerror=alert(1)>.png", PNG, PICTURE),
    "chinese": Upload("电池测试报告（最终）.pdf", PDF, (FILE, PAPER, TABLES)),
    "reversed": Upload("report\u202efdp.exe", PDF, (PAPER, TABLES)),
    "reversed-before": Upload("exe\u202egnp.png", PNG, PICTURE),
    "isolated": Upload("a\u2067fdp\u2069.png", PNG, PICTURE),
    "long": Upload("n" * 300 + ".png", PNG, PICTURE),
    "long-chinese": Upload("名" * 300 + ".pdf", PDF, (FILE, PAPER, TABLES)),
    "reserved": Upload("CON.png", PNG, PICTURE),
    "formula": Upload("=cmd|calc.png", PNG, PICTURE),
    # Broken and far too large.
    "empty": Upload("a.pdf", b""),
    "half-png": Upload("a.png", picture(size=(400, 300))[:-60]),
    "half-jpeg": Upload("a.jpg", picture("JPEG", size=(400, 300))[:-900]),
    "half-docx": Upload("a.docx", office()[:-20]),
    "half-gzip": Upload("a.csv.gz", gzip.compress(TABLE.encode() * 99)[:-9]),
    "only-head-pdf": Upload("a.pdf", b"%PDF-", (FILE, PAPER, TABLES)),
    "pixels": Upload("a.png", huge_png(30_000)),
    "pixels-warned": Upload("a.png", huge_png(12_000)),
    "pixels-few": Upload("a.png", huge_png(7_000)),
    "texts-bomb": Upload("a.png", with_texts_bomb()),
    # Archives.
    "zip": Upload("a.zip", archive({"a.txt": "a"})),
    "zip-traversal": Upload("a.docx", office({"../../../etc/cron.d/a": "x"})),
    "zip-absolute": Upload("a.docx", office({"/etc/cron.d/a": "x"})),
    "zip-drive": Upload("a.xlsx", office({"C:\\a": "x"}, main="xl/workbook.xml")),
    "odt-traversal": Upload("a.odt", opened({"..\\a.txt": "x"})),
    "docm": Upload("a.docx", office({"word/vbaProject.bin": "x"})),
    "docm-hidden": Upload("a.docx", archive({TYPES: MACRO, "word/document.xml": "", "b.bin": ""})),
    "odt-macro": Upload("a.odt", opened({"Basic/Standard/Module1.xml": "<x/>"})),
    "docx": Upload("a.docx", office(), (FILE,)),
    "odt": Upload("a.odt", opened(), (FILE,)),
    "xlsx-empty": Upload("a.xlsx", _workbook(), (FILE,)),
    "jar": Upload("a.jar", archive({"META-INF/MANIFEST.MF": "Main-Class: A"})),
    "apk-as-docx": Upload("a.docx", archive({"AndroidManifest.xml": "x", "classes.dex": "x"})),
    "rar": Upload("a.rar", b"Rar!\x1a\x07\x01\0"),
    "7z-as-docx": Upload("a.docx", b"7z\xbc\xaf\x27\x1c\0\4"),
    "ole": Upload("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    "eicar": Upload("a.txt", EICAR, (FILE, TABLES)),
    "eicar-com": Upload("eicar.com", EICAR, (TABLES,)),
    # What it is for.
    "table": Upload("a.csv", TABLE.encode(), (FILE, TABLES)),
    "table-packed": Upload("a.csv.gz", gzip.compress(TABLE.encode()), (TABLES,)),
    "table-chinese": Upload("表.csv", "标题,摘要\n电池,新\n".encode("gb18030"), (FILE, TABLES)),
    "webp": Upload("a.webp", WEBP, (FILE, LOGO)),
    "jpeg": Upload("a.jpg", JPEG, PICTURE),
}
