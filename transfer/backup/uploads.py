"""The uploads of the site: every file below MEDIA_ROOT."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import FileField

from transfer.backup.archive import FILES, Archive
from transfer.backup.errors import BackupError, explained

STAGING = ".restoring"  # files of a restore that is not finished


def root() -> Path:
    """The folder of uploads."""
    return Path(settings.MEDIA_ROOT)


def files() -> Iterator[Path]:
    """Every file below the folder, in no order; links are followed, each folder once.

    Raises BackupError where there is no folder, though rows name files in it.
    """
    if not root().is_dir():
        if _rows_name_files():
            raise BackupError(
                f"There is no folder {root()}, though the database names files in it: set "
                "MEDIA_ROOT (or DATA_DIR) to the folder of the uploads."
            )
        return
    yield from _below(root(), set())


def _below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    status = folder.stat()
    if (status.st_dev, status.st_ino) in seen:  # a link back to where we were
        return
    seen.add((status.st_dev, status.st_ino))
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != STAGING:
                    yield from _below(Path(entry.path), seen)
            elif entry.is_file():
                yield Path(entry.path)


def _rows_name_files() -> bool:
    """Whether any row of any table names an upload."""
    return any(
        model._base_manager.exclude(**{field.name: ""}).exists()
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, FileField)
    )


def is_taken() -> bool:
    """Whether there is any file."""
    return root().is_dir() and any(True for _ in files())


def require_room(wanted: int) -> None:
    """Raise BackupError unless so many bytes fit beside what is there."""
    with explained(root()):
        root().mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(root()).free
    if free < wanted:
        raise BackupError(
            f"The uploads need {wanted / 1024**2:.0f} MiB, and the disk of {root()} has "
            f"{free / 1024**2:.0f}: free some space or set another MEDIA_ROOT."
        )


@contextmanager
def staged(archive: Archive) -> Iterator[None]:
    """Unpack the uploads beside their place; put them there when the block ends well.

    A block that fails leaves no file behind. Files that are already in the folder stay, unless the
    archive has one of the same name.
    """
    staging = root() / STAGING
    with explained(root()):
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
    try:
        with explained(root()):
            _unpack(archive, staging)
        yield
        with explained(root()):
            _move(staging, root())
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unpack(archive: Archive, staging: Path) -> None:
    for entry in archive.read():
        if not entry.name.startswith(f"{FILES}/"):
            continue
        target = staging / entry.name.removeprefix(f"{FILES}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            while data := entry.content.read():
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        target.chmod(settings.FILE_UPLOAD_PERMISSIONS)


def _move(staging: Path, place: Path) -> None:
    """Every file to the same name below `place`."""
    left = True
    while left:  # a folder need not tell all its files while they are being taken away
        left = False
        for path in _below(staging, set()):
            to = place / path.relative_to(staging)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, to)
            left = True
