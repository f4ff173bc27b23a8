"""Uploaded files on the disk: each is there as a whole, or not at all."""

import errno
from contextlib import suppress
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


def is_no_room(error: BaseException | None) -> bool:
    """Whether a disk, or what one may use of it, is full."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


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
