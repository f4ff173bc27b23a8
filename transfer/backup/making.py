"""Making a backup."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.utils import timezone

from transfer.backup import database, uploads
from transfer.backup.archive import FILES, Manifest, Writer
from transfer.backup.errors import BackupError, explained
from transfer.backup.sealing import Sealer, Writable

PART_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Made:
    """What a backup holds, and how many files were removed by somebody while it was made."""

    manifest: Manifest
    removed: int


def make_backup(path: Path) -> Made:
    """Write database and uploads to a new file at `path`, sealed where BACKUP_KEY is set.

    The database first, as one snapshot, then the files: those are written once, before the row that
    names them, and never changed, so every row of the snapshot finds its file. Nothing stands at
    `path` before it is complete and on the disk. Raises BackupError.
    """
    path = path.expanduser().absolute()
    _refuse(path)
    with (
        explained(path.parent),
        NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out,
    ):
        try:
            made = _write(out)
            out.flush()
            os.fsync(out.fileno())
            Path(out.name).rename(path)
        finally:
            Path(out.name).unlink(missing_ok=True)
    return made


def _refuse(path: Path) -> None:
    if not path.parent.is_dir():
        raise BackupError(f"There is no folder {path.parent}: make it or choose another.")
    if path.exists():
        raise BackupError(f"{path} is there already: choose another name.")
    if path.parent.resolve().is_relative_to(uploads.root().resolve()):
        raise BackupError(f"{path} is among the uploads: choose a folder outside MEDIA_ROOT.")


def _write(out: Writable) -> Made:
    migrations, made_at = database.applied_migrations(), timezone.now().isoformat()
    if not migrations:
        raise BackupError("The database holds no site: set DATABASE_URL to the one to back up.")
    sealer = Sealer(out, settings.BACKUP_KEY) if settings.BACKUP_KEY else None
    writer = Writer(sealer or out)
    with database.dumped() as dump:
        number = 0
        while part := dump.read(PART_BYTES):
            writer.add_part(number, part)
            number += 1
    removed = _write_files(writer)
    manifest = writer.tally.manifest(made_at=made_at, migrations=migrations)
    writer.finish(manifest)
    if sealer:
        sealer.finish()
    return Made(manifest, removed)


def _write_files(writer: Writer) -> int:
    """All uploads; returns how many were gone when their turn came."""
    removed = 0
    for path in uploads.files():
        name = path.relative_to(uploads.root()).as_posix()
        try:
            content = path.open("rb")
        except FileNotFoundError:
            removed += 1
            continue
        with content:
            status = os.fstat(content.fileno())
            writer.add(f"{FILES}/{name}", status.st_size, content, mtime=status.st_mtime)
    return removed
