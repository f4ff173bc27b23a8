"""Restoring a backup."""

from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from transfer.backup import database, uploads
from transfer.backup.archive import DATABASE, Archive, Manifest
from transfer.backup.errors import BackupError


def restore_backup(path: Path, *, force: bool = False) -> Manifest:
    """Put what the file at `path` holds in the place of the database, and its files to the uploads.

    The whole file is read and compared with its checksums before anything is written. Then the
    files are unpacked beside their place, the database is replaced in one transaction, and the
    files are moved. What fails on the way leaves database and uploads as they were.

    Without `force`, a database with users and a folder with files are refused. With it, the
    database is replaced, and files that the backup does not hold stay. Raises BackupError.
    """
    if not force:
        _refuse_taken()
    archive = Archive(path.expanduser().absolute(), settings.BACKUP_KEY)
    manifest = archive.check()
    if newer := database.unknown_migrations(manifest.migrations):
        raise BackupError(
            f"This backup was made by another release, with migrations that this one does not have "
            f"({newer[0]}): restore it with that release."
        )
    uploads.require_room(manifest.files_bytes)
    with uploads.staged(archive):
        _load(archive)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a dump does not say how many rows the planner should expect
    cache.clear()
    return manifest


def _refuse_taken() -> None:
    if database.is_taken():
        raise BackupError(
            f"The database {connection.settings_dict['NAME']} is not empty: restore into an empty "
            "one, or run this with --force to lose what it holds."
        )
    if uploads.is_taken():
        raise BackupError(
            f"{uploads.root()} holds files: empty it, set another MEDIA_ROOT, or run this with "
            "--force to keep them beside those of the backup."
        )


def _load(archive: Archive) -> None:
    connection.close()  # it would keep others waiting for the tables it has read
    with database.Load() as load:
        for entry in archive.read():
            if entry.name.startswith(f"{DATABASE}/"):
                while data := entry.content.read():
                    load.write(data)
        load.finish()
