"""Encryption of a stream of any length, in flat memory: AES-256-GCM over numbered pieces.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015), as the file format `age` uses
it: the nonce of a piece is its number and whether it is the last one, so that none can be changed,
moved, left out or cut off unnoticed. The key comes from BACKUP_KEY by scrypt with a salt of each
file's own; no two files share a key, and numbers may begin at zero.
"""

import os
from typing import IO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from transfer.backup.errors import BackupError

MAGIC = b"transfer backup, sealed 1\n"
SALT_BYTES = 16
PIECE_BYTES = 1024 * 1024
TAG_BYTES = 16


class Writable(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


class _Pieces:
    """The key of one file, and the number of the next piece."""

    def __init__(self, key: str, salt: bytes) -> None:
        derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(key.encode())
        self._cipher = AESGCM(derived)
        self._header = MAGIC + salt
        self.number = 0

    def _nonce(self, *, last: bool) -> bytes:
        self.number += 1
        return (self.number - 1).to_bytes(11, "big") + bytes([last])

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), piece, self._header)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        return self._cipher.decrypt(self._nonce(last=last), sealed, self._header)


class Sealer:
    """Writes sealed to `out` what is written to it. Nobody can open it before `finish`."""

    def __init__(self, out: Writable, key: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._out = out
        self._pieces = _Pieces(key, salt)
        self._pending = bytearray()
        out.write(MAGIC + salt)

    def write(self, data: bytes) -> int:
        """Take bytes; whole pieces are written at once."""
        self._pending += data
        while len(self._pending) > PIECE_BYTES:  # one is kept back: it may be the last
            self._out.write(self._pieces.seal(bytes(self._pending[:PIECE_BYTES]), last=False))
            del self._pending[:PIECE_BYTES]
        return len(data)

    def finish(self) -> None:
        """Write the last piece, marked as such."""
        self._out.write(self._pieces.seal(bytes(self._pending), last=True))
        self._pending.clear()


class Opener:
    """Reads what a `Sealer` wrote to `source`, from after MAGIC on.

    Raises BackupError before it gives out a byte of a piece that is not as it was written.
    """

    def __init__(self, source: IO[bytes], key: str) -> None:
        self._source = source
        self._pieces = _Pieces(key, source.read(SALT_BYTES))
        self._ready = bytearray()
        self._next = source.read(PIECE_BYTES + TAG_BYTES)
        self._ended = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        while len(self._ready) < size and not self._ended:
            self._open_next()
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    def _open_next(self) -> None:
        sealed, self._next = self._next, self._source.read(PIECE_BYTES + TAG_BYTES)
        self._ended = not self._next
        try:
            self._ready += self._pieces.open(sealed, last=self._ended)
        except InvalidTag as error:
            if self._pieces.number == 1:
                raise BackupError(
                    "BACKUP_KEY does not open this backup: set the key it was made with. With the "
                    "right key, its beginning is damaged: take another copy."
                ) from error
            raise BackupError(
                f"This backup is damaged or cut off after {self._pieces.number - 1} MiB: take "
                "another copy."
            ) from error
