"""The one kind of error a person at the keyboard sees: a line that says what to do."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Trouble(Exception):  # noqa: N818 - read by people, not an "Error" to debug
    """Something about this machine that its user can mend. The message is the whole story."""


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the file system refuses below `folder` into a line that says what to do."""
    try:
        yield
    except OSError as error:
        raise Trouble(_advice(folder, error)) from error


def _advice(folder: Path, error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {folder} is full: free some space or choose another DATA_DIR."
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{error.filename or folder} may not be read or written by user {os.geteuid()}: "
            "give it to that user or choose another DATA_DIR."
        )
    if error.errno == errno.EROFS:
        return f"{folder} is on a read-only disk: choose another DATA_DIR."
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return f"{error.filename or folder} is not a folder: choose another DATA_DIR."
    return f"{folder} cannot be used: {error.strerror or error}. Choose another DATA_DIR."


def last_line(log: Path) -> str:
    """The last line that says something in a server's log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = [line.strip() for line in file.read().decode("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    telling = [line for line in lines if line]
    fatal = [line for line in telling if "FATAL" in line or "PANIC" in line or "rror" in line]
    return (fatal or telling or [""])[-1]
