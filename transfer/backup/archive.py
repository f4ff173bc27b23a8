"""The file of a backup: a tar of the database in parts, then the uploads, then a manifest.

Everything is written and read as a stream, in flat memory. The manifest, which comes last, holds
one checksum over the names, sizes and contents of all that stands before it.
"""

import hashlib
import json
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from transfer.backup.errors import BackupError, explained
from transfer.backup.sealing import MAGIC, Opener, Writable

DATABASE = "database"  # its parts: one gzip of SQL, cut where it happened
FILES = "files"
MANIFEST = "manifest.json"
FORMAT = 1
BLOCK = 1024 * 1024
MOST_MANIFEST = 16 * 1024 * 1024

DAMAGED = "This is no backup, or it is damaged or cut off: take another copy."


class Readable(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Manifest:
    """What a backup holds: counts, bytes, one checksum, and the migrations its tables had."""

    format: int
    made_at: str
    migrations: list[str]
    database_bytes: int
    files: int
    files_bytes: int
    sha256: str


class Tally:
    """Counts and one checksum over entries as they pass, in their order."""

    def __init__(self) -> None:
        self.files = self.files_bytes = self.database_bytes = 0
        self._sha256 = hashlib.sha256()

    def add(self, name: str, size: int, sha256: str) -> None:
        """Note one entry."""
        if name.startswith(f"{FILES}/"):
            self.files += 1
            self.files_bytes += size
        else:
            self.database_bytes += size
        self._sha256.update(f"{sha256} {size} {name}\n".encode("utf-8", "surrogateescape"))

    def manifest(self, *, made_at: str, migrations: list[str]) -> Manifest:
        """What has passed."""
        return Manifest(
            format=FORMAT,
            made_at=made_at,
            migrations=migrations,
            database_bytes=self.database_bytes,
            files=self.files,
            files_bytes=self.files_bytes,
            sha256=self._sha256.hexdigest(),
        )


class Hashed:
    """Bytes on their way from `source`, with a running checksum."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._sha256 = hashlib.sha256()

    def read(self, size: int = BLOCK) -> bytes:
        """The next bytes; none at the end."""
        data = self._source.read(size)
        self._sha256.update(data)
        return data

    def finish(self) -> str:
        """Read what is left and return the checksum of all."""
        while self.read():
            pass
        return self.so_far()

    def so_far(self) -> str:
        """The checksum of what has been read."""
        return self._sha256.hexdigest()


class Writer:
    """Puts entries into an archive."""

    def __init__(self, out: Writable) -> None:
        self._tar = tarfile.open(  # noqa: SIM115 - closed by finish, and only then complete
            fileobj=out,  # type: ignore[call-overload] # needs no more than write()
            mode="w|",
            bufsize=BLOCK,
            format=tarfile.PAX_FORMAT,
            encoding="utf-8",
            errors="surrogateescape",
        )
        self.tally = Tally()

    def add(self, name: str, size: int, content: Readable, *, mtime: float = 0) -> None:
        """Add `size` bytes of `content`. Raises OSError when there are fewer."""
        hashed = Hashed(content)
        self._add(name, size, hashed, mtime)
        self.tally.add(name, size, hashed.so_far())

    def add_part(self, number: int, part: bytes) -> None:
        """Add the next bytes of the database."""
        self.add(f"{DATABASE}/{number:08d}", len(part), BytesIO(part))

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and close the archive."""
        text = json.dumps(asdict(manifest), indent=1).encode()
        self._add(MANIFEST, len(text), BytesIO(text), 0)
        self._tar.close()

    def _add(self, name: str, size: int, content: Readable, mtime: float) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, int(mtime), 0o640
        self._tar.addfile(info, content)  # needs no more than read()
        self._tar.members.clear()  # else it grows with every entry


@dataclass(frozen=True)
class Entry:
    """One entry on its way; read its content before asking for the next."""

    name: str
    size: int
    content: Hashed


class Archive:
    """A backup that lies at `path`, opened with `key` if it is sealed."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key

    def check(self) -> Manifest:
        """Read all of it. Raises BackupError unless every byte is as it was written."""
        reading = self.read()
        while True:
            try:
                next(reading)
            except StopIteration as end:
                manifest: Manifest = end.value
                return manifest

    def read(self) -> Generator[Entry, None, Manifest]:
        """Every entry in its order; returns the manifest after comparing it with what has passed.

        Raises BackupError for what is damaged, cut off, not a backup, or for another key.
        """
        tally, manifest = Tally(), None
        with self._opened() as source, _understood():
            with tarfile.open(fileobj=source, mode="r|", bufsize=BLOCK) as tar:  # type: ignore[call-overload]
                while (info := tar.next()) is not None:
                    tar.members.clear()
                    content = Hashed(_content(tar, info))
                    if info.name == MANIFEST:
                        manifest = _manifest(content.read(MOST_MANIFEST))
                        continue
                    yield Entry(_safe(info.name), info.size, content)
                    tally.add(info.name, info.size, content.finish())
            while source.read(BLOCK):  # the last piece tells that nothing was cut off
                pass
        if manifest is None or manifest != tally.manifest(
            made_at=manifest.made_at, migrations=manifest.migrations
        ):
            raise BackupError(DAMAGED)
        return manifest

    @contextmanager
    def _opened(self) -> Iterator[Readable]:
        if not self.path.exists():
            raise BackupError(f"There is no file {self.path}: name the backup to restore.")
        with explained(self.path), self.path.open("rb") as file:
            sealed = file.read(len(MAGIC)) == MAGIC
            if sealed and not self._key:
                raise BackupError(
                    "This backup is encrypted: set BACKUP_KEY to the key of its site."
                )
            if self._key and not sealed:
                raise BackupError(
                    "This backup is not encrypted, though BACKUP_KEY is set. If you trust where it "
                    "comes from, run this once more with BACKUP_KEY empty."
                )
            if not sealed:
                file.seek(0)
            yield Opener(file, self._key) if sealed else file


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
        raise BackupError(DAMAGED) from error


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Any:
    content = tar.extractfile(info) if info.isreg() else None
    if content is None:
        raise BackupError(f"{info.name!r} in this backup is not a file: it was not made here.")
    return content


def _manifest(text: bytes) -> Manifest:
    try:
        manifest = Manifest(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise BackupError(DAMAGED) from error
    if manifest.format != FORMAT:
        raise BackupError("This backup was made by another release: restore it with that one.")
    return manifest


def _safe(name: str) -> str:
    """A name that stays in its folder, whoever made the archive."""
    path = PurePosixPath(name)
    known = path.parts[:1] in {(DATABASE,), (FILES,)} and len(path.parts) > 1
    if not known or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise BackupError(f"{name!r} in this backup is no name of ours: it was not made here.")
    return name
