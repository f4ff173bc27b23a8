"""Uploaded files on the disk: each is there as a whole, or not at all."""

import errno
from contextlib import suppress
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.db.models.fields.files import FieldFile


def is_no_room(error: BaseException | None) -> bool:
    """Whether a disk, or what one may use of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def delete_after_commit(file: FieldFile) -> None:
    """Delete the file of a row once the transaction that lets go of it stands; an empty field is
    none. A disk that fails then is written to the log: what was asked for is done already, and
    `manage.py orphaned_files` finds what stayed."""
    if file:
        storage, name = file.storage, str(file.name)
        transaction.on_commit(lambda: storage.delete(name), robust=True)


class WholeFileStorage(FileSystemStorage):
    """Django's storage, which gives a file its name only when all of it is on the disk.

    Django leaves the beginning of a file behind when the disk becomes full, under a name that no
    row knows. Names end with ``.part`` meanwhile; our models' names are random, so none is in use.
    """

    def _save(self, name: str, content: File) -> str:
        part = f"{name}.part"
        try:
            part = super()._save(part, content)  # type: ignore[misc]  # not in the stubs
            Path(self.path(part)).replace(self.path(name))
        except OSError:
            with suppress(OSError):
                self.delete(part)
            raise
        return name
