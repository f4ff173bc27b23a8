"""What a file is, told by its content; what is dangerous is refused before it is unpacked."""

import codecs
import gzip
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from achievements.files import MAX_DIRECTORY_BYTES, directory_bytes

MEGABYTE = 1024 * 1024
CHUNK = 256 * 1024
MAX_WORKBOOK_BYTES = 256 * MEGABYTE
# openpyxl keeps the table of shared texts in memory.
MAX_SHARED_TEXT_BYTES = 64 * MEGABYTE
# Real tables shrink to between a fifth and a thirtieth.
MAX_SHRINKAGE = 100
SMALL_BYTES = 16 * MEGABYTE

DAMAGED = (OSError, EOFError, zlib.error)


@dataclass
class Opened:
    """A file ready to be read: its format, and how to open its unpacked bytes from the start.

    ``raw`` is the packed file of the latest opening, so that progress can be told in its bytes.
    """

    form: str  # "csv", "jsonl" or "xlsx"
    open: Callable[[], IO[bytes]]
    size: int
    encoding: str = ""
    raw: IO[bytes] | None = None

    def position(self) -> int:
        """How many bytes of the file on disk have been read."""
        return self.raw.tell() if self.raw is not None and not self.raw.closed else 0


class LimitedReader:
    """A binary stream that refuses to give more than ``limit`` bytes."""

    def __init__(self, stream: IO[bytes], limit: int) -> None:
        self.stream = stream
        self.left = limit
        self.limit = limit
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Like a file's; raises ValidationError past the limit or when the packing is damaged."""
        try:
            data = self.stream.read(CHUNK if size < 0 else size)
        except DAMAGED as error:
            raise damaged() from error
        self.left -= len(data)
        if self.left < 0:
            raise ValidationError(
                _("The file unpacks to more than %(limit)s MB. Split it into smaller files."),
                code="too_large",
                params={"limit": self.limit // MEGABYTE},
            )
        return data

    def close(self) -> None:
        """Close the stream underneath."""
        self.closed = True
        self.stream.close()


def damaged() -> ValidationError:
    """The error for a file that cannot be unpacked or parsed."""
    return ValidationError(
        _("The file is damaged or not complete. Save or download it again."), code="damaged"
    )


@contextmanager
def opened(path: Path, *, max_unpacked: int) -> Iterator[Opened]:
    """Find out what ``path`` is. Raises ValidationError for anything that must not be read.

    A packed workbook is unpacked into a file without a name, which goes with the process.
    """
    size = path.stat().st_size
    if size == 0:
        raise ValidationError(_("The file is empty."), code="empty")
    with tempfile.TemporaryFile() as space:
        result = Opened("", lambda: path.open("rb"), size)
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"

        def unpacked() -> IO[bytes]:
            raw = path.open("rb")
            result.raw = raw
            stream: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
            return LimitedReader(stream, max_unpacked)  # type: ignore[return-value]

        stream = unpacked()
        head = stream.read(4096)
        stream.close()
        if head.startswith(b"PK"):
            workbook = path
            if packed:
                workbook = Path(f"/proc/self/fd/{space.fileno()}")
                _unpack(unpacked(), workbook)
            check_workbook(workbook)
            result.form, result.open, result.raw = "xlsx", lambda: workbook.open("rb"), None
        else:
            result.open = unpacked
            result.encoding = find_encoding(unpacked)
            result.form = _text_form(head.decode(result.encoding, "ignore"))
        yield result


def _unpack(stream: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(stream, file, CHUNK)
    stream.close()


def _text_form(head: str) -> str:
    begin = head.lstrip("\ufeff \t\r\n")[:1]
    if begin == "{":
        return "jsonl"
    if begin == "[":
        raise ValidationError(
            _("This is one JSON list. Write JSON Lines: one object on each line."),
            code="json_list",
        )
    if begin == "<":
        raise ValidationError(
            _("This is a web page or XML. Save the table as CSV or XLSX."), code="format"
        )
    return "csv"


def find_encoding(unpacked: Callable[[], IO[bytes]]) -> str:
    """UTF-16 by its mark, else UTF-8 when all of the file is, else GB18030; reads all of it."""
    stream = unpacked()
    head = stream.read(8)
    stream.close()
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValidationError(
            _("This is an old Excel file (.xls). Save it as .xlsx or CSV."), code="format"
        )
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
        if b"\0" in head:
            candidates = []
    for encoding in candidates:
        if _decodes(unpacked(), encoding):
            return encoding
    raise ValidationError(
        _("The file is neither UTF-8 nor GB18030 text. Save it as CSV UTF-8 or as XLSX."),
        code="encoding",
    )


def _decodes(stream: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.close()
    return True


def check_workbook(path: Path) -> None:
    """Refuse a zip bomb by what its directory says, before anything is unpacked.

    Python's zipfile gives no more bytes of an entry than its directory states, so a directory
    that lies about sizes gains nothing.
    """
    with path.open("rb") as file:
        length = directory_bytes(file)
    if length is None:
        raise damaged()
    if length > MAX_DIRECTORY_BYTES:
        raise refused()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, struct.error) as error:
        raise damaged() from error
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    texts = sum(entry.file_size for entry in entries if "sharedstrings" in entry.filename.lower())
    shrinks = total > SMALL_BYTES and total > MAX_SHRINKAGE * max(packed, 1)
    if total > MAX_WORKBOOK_BYTES or texts > MAX_SHARED_TEXT_BYTES or shrinks:
        raise refused()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ValidationError(
            _("The workbook is protected by a password. Save it without one."), code="encrypted"
        )


def refused() -> ValidationError:
    """The error for a workbook that would unpack to far more than it is."""
    return ValidationError(
        _(
            "The workbook unpacks to far more than its size and is refused. Save the table as CSV, "
            "or split it into smaller files."
        ),
        code="bomb",
    )
