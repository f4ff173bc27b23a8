"""Asking clamd what is in a file, by its command INSTREAM.

On one connection: ``zINSTREAM\\0``, then pieces of four bytes of length and so many of content,
then a length of zero; the answer is one text that ends with ``\\0`` (clamd(8)). Only ``stream: OK``
means that nothing was found; whatever else happens leaves a file where it is, out of reach.
"""

import socket
from contextlib import suppress
from time import monotonic
from typing import IO
from urllib.parse import unquote, urlsplit

from django.conf import settings

PORT = 3310
PIECE_BYTES = 64 * 1024
MOST_REPLY = 4096
SECONDS = 60.0  # for one file, whatever the other side does


class ScannerUnavailableError(Exception):
    """The scanner cannot be reached, is too slow, or ended in the middle: ask again later."""


class NotScannedError(Exception):
    """The scanner answers, but does not take this file; its words are the message."""


def scan(content: IO[bytes], *, seconds: float = SECONDS) -> str:
    """What clamd at ``settings.CLAMD_URL`` finds: the name of the malware, or nothing.

    Raises ScannerUnavailableError, and NotScannedError for a file that is too large for it.
    """
    until = monotonic() + seconds
    try:
        with _connected(seconds) as line:
            # What it refuses, it refuses while we still send; its answer can be read all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(line, content, until)
            reply = _reply(line, until)
    except OSError as error:
        raise ScannerUnavailableError(f"clamd: {error or type(error).__name__}") from error
    return _finding(reply)


def _connected(seconds: float) -> socket.socket:
    parts = urlsplit(settings.CLAMD_URL)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(seconds)
        try:
            line.connect(unquote(parts.path))
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((parts.hostname or "", parts.port or PORT), timeout=seconds)


def _allow(line: socket.socket, until: float) -> None:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    line.settimeout(left)


def _send(line: socket.socket, content: IO[bytes], until: float) -> None:
    line.sendall(b"zINSTREAM\0")
    while piece := content.read(PIECE_BYTES):
        _allow(line, until)
        line.sendall(len(piece).to_bytes(4, "big") + piece)
    line.sendall(bytes(4))


def _reply(line: socket.socket, until: float) -> bytes:
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < MOST_REPLY:
        _allow(line, until)
        received = line.recv(MOST_REPLY)
        if not received:
            break
        reply += received
    return reply


def _finding(reply: bytes) -> str:
    if not reply.endswith(b"\0"):
        raise ScannerUnavailableError("clamd ended in the middle of its answer")
    words = reply[:-1].decode("utf-8", "replace").strip()
    if words == "stream: OK":
        return ""
    if words.startswith("stream: ") and words.endswith(" FOUND"):
        return words.removeprefix("stream: ").removesuffix(" FOUND")[:200] or "unnamed"
    if "size limit exceeded" in words:
        raise NotScannedError(words)
    raise ScannerUnavailableError(f"clamd: {words[:200]}")
