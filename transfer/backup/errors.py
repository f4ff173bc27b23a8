"""The one kind of error that backing up and restoring raise."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management.base import CommandError


class BackupError(CommandError):
    """One line for the terminal that names what is wrong and what to do about it."""


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses below `folder` into such a line."""
    try:
        yield
    except OSError as error:
        raise BackupError(_advice(folder, error)) from error


def _advice(folder: Path, error: OSError) -> str:
    name = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {folder} is full: free some space or choose another folder."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{name} may not be read or written by user {os.geteuid()}: give it to that user."
    if error.errno == errno.EROFS:
        return f"{folder} is on a read-only disk: choose another folder."
    return f"{name} cannot be used: {error.strerror or error}."
