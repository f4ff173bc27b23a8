"""What an uploaded file really is; pure computation, nothing is stored."""

import re
import struct
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import IO

import puremagic
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from accounts.images import BROKEN

MAX_PIXELS = 40_000_000
MAX_SIDE = 2400
MAX_PROPERTIES = 1024 * 1024
# A ZIP of more entries has a longer directory; reading that alone would take seconds.
MAX_DIRECTORY_BYTES = 1024 * 1024
# What opening or reading an archive raises that is damaged, encrypted or packed in some new way.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, ValueError, RuntimeError),
)
MAX_UNPACKED = 300 * 1024 * 1024
IMAGES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
TEXTS = {".txt", ".csv", ".md"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
# Ending → content type, and for documents in a ZIP the entry that only this kind has.
DOCUMENTS: dict[str, tuple[str, str]] = {
    ".pdf": ("application/pdf", ""),
    ".docx": (f"{_OFFICE}wordprocessingml.document", "word/document.xml"),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet", "xl/workbook.xml"),
    ".pptx": (f"{_OFFICE}presentationml.presentation", "ppt/presentation.xml"),
    ".odt": (f"{_OPEN}text", "content.xml"),
    ".ods": (f"{_OPEN}spreadsheet", "content.xml"),
    ".odp": (f"{_OPEN}presentation", "content.xml"),
}
_TYPES = "[Content_Types].xml"
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")
_MACROS_OPEN = re.compile(r"(Basic|Scripts)/", re.IGNORECASE)
ENDINGS = [*IMAGES, *DOCUMENTS, *sorted(TEXTS)]
CONTENT_TYPES = sorted(
    {"text/plain", *(kind for kind, _entry in DOCUMENTS.values())}
    | {f"image/{kind.lower()}" for kind in IMAGES.values()}
)


@dataclass(frozen=True)
class Examined:
    """Content that may be kept: bytes (of images: ours), type, ending, whether it is an image."""

    data: bytes
    content_type: str
    ending: str
    is_image: bool = False


def examine(name: str, data: bytes) -> Examined:
    """What may be kept of a file called ``name``.

    Raises ValidationError when it is empty, of a kind not on the list, or not what it says it is.
    """
    ending = PurePath(name).suffix.lower()
    if not data:
        raise ValidationError(_("The file is empty."), code="empty")
    if ending in IMAGES:
        return _image(data)
    if ending in TEXTS:
        return _text(data, ending)
    if ending in DOCUMENTS:
        return _document(data, ending)
    raise ValidationError(
        _("Files of this kind cannot be attached. Allowed are: %(kinds)s.")
        % {"kinds": ", ".join(kind[1:].upper() for kind in ENDINGS)},
        code="kind",
    )


def _not_what_it_says() -> ValidationError:
    return ValidationError(
        _("The content of this file is not what its name says, or it is damaged."), code="content"
    )


def _image(data: bytes) -> Examined:
    """The picture written anew, at most 2400 pixels wide or high, without metadata."""
    try:
        with Image.open(BytesIO(data), formats=sorted(set(IMAGES.values()))) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValidationError(
                    _("The image has more than %(limit)d megapixels.")
                    % {"limit": MAX_PIXELS // 1_000_000},
                    code="pixels",
                )
            kind = image.format or "PNG"
            image.load()
            picture = ImageOps.exif_transpose(image)
    except BROKEN as error:
        raise _not_what_it_says() from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    picture = picture.convert("RGB" if kind == "JPEG" or "A" not in picture.mode else "RGBA")
    buffer = BytesIO()
    picture.save(buffer, kind, **({"optimize": True} if kind == "PNG" else {"quality": 88}))
    ending = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}[kind]
    return Examined(buffer.getvalue(), Image.MIME[kind], ending, is_image=True)


def _text(data: bytes, ending: str) -> Examined:
    """Plain text in UTF-8 or GB 18030. What looks like a page or a drawing is still plain text."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return Examined(data, "text/plain", ending)
    raise _not_what_it_says()


def _document(data: bytes, ending: str) -> Examined:
    content_type, entry = DOCUMENTS[ending]
    try:
        found = {match.extension for match in puremagic.magic_string(data, f"file{ending}")}
    except (puremagic.PureError, ValueError) as error:
        raise _not_what_it_says() from error
    if ending == ".pdf" and not data.startswith(b"%PDF-"):
        raise _not_what_it_says()
    if entry and not _holds(data, entry, content_type):
        raise _not_what_it_says()
    if ending not in found and not entry:
        raise _not_what_it_says()
    return Examined(data, content_type, ending)


def _holds(data: bytes, entry: str, content_type: str) -> bool:
    """Whether a ZIP is a document of this type, holds no macros and does not unpack to a flood.

    It begins as a ZIP does, so that it is nothing else as well, and no entry leads out of it.
    """
    if not data.startswith(b"PK\x03\x04"):
        return False
    length = directory_bytes(BytesIO(data))
    if length is None or length > MAX_DIRECTORY_BYTES:
        return False
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {item.filename for item in entries}
            unpacked = sum(item.file_size for item in entries)
            if entry not in names or unpacked > MAX_UNPACKED or len(entries) > 10_000:
                return False
            if any(_OUTSIDE.search(name) for name in names):
                return False
            if entry == "content.xml":
                if archive.getinfo("mimetype").file_size > 100:
                    return False
                mimetype = archive.read("mimetype").decode("ascii", "replace")
                return mimetype == content_type and not any(map(_MACROS_OPEN.match, names))
            return not _has_macros(archive, names)
    except (*UNREADABLE, KeyError):
        return False


def _has_macros(archive: zipfile.ZipFile, names: set[str]) -> bool:
    """By the usual name of the part with macros, or, under any name, by its type."""
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return True
    if _TYPES not in names:
        return False  # no program opens it
    types = archive.getinfo(_TYPES)
    if types.file_size > MAX_PROPERTIES:
        return True  # nobody can say
    told = archive.read(types).replace(b"\0", b"").lower()  # two bytes a letter are allowed, too
    return b"vbaproject" in told or b"macroenabled" in told


def document_properties(data: bytes) -> str:
    """What an Office or OpenDocument file says of its author and company, as XML; else nothing.

    At most a megabyte of each part, and four of all.
    """
    texts: list[str] = []
    with suppress(*UNREADABLE), zipfile.ZipFile(BytesIO(data)) as archive:
        left = 4 * MAX_PROPERTIES
        for item in archive.infolist():
            named = item.filename.startswith("docProps/") or item.filename == "meta.xml"
            if named and item.file_size <= min(MAX_PROPERTIES, left):
                left -= item.file_size
                with suppress(*UNREADABLE):  # one damaged entry does not hide the others
                    texts.append(archive.read(item).decode("utf-8", "replace"))
    return "\n".join(texts)


def directory_bytes(file: IO[bytes]) -> int | None:
    """The length of a ZIP's directory, read from its end records alone; None where there is none.

    The record for large archives counts wherever it stands, as it does for Python's zipfile.
    """
    file.seek(0, 2)
    length = file.tell()
    file.seek(max(0, length - 65557 - 76))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return None
    stated = struct.unpack("<4s4H2LH", tail[at : at + 22])[5]
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        large = struct.unpack("<4sQ2H2L4Q", tail[at - 76 : at - 20])
        return int(max(stated, large[8]))
    return int(stated)
