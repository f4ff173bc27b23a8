"""Which texts are nearly the same: MinHash over runs of three words or characters. Pure.

Two texts agree in about as large a part of their minima as they share of their runs, whatever
their length, and texts that share half of them nearly always agree in one whole band.
"""

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from achievements.folding import fold

ALIKE = 0.6  # of the runs of words in common; on real records nearly all of these are the same
ALIKE_WITH_TITLE = 0.2  # where the titles are the same: these are revisions of one text
HASHES, ROWS = 96, 4  # minima in all, and in each band
BANDS = HASHES // ROWS
_RUN = 3
_SHORTEST_TITLE = 12  # letters, or half as many Chinese characters; shorter ones say little
_TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
_random = np.random.default_rng(20_260_101)  # the same for ever: fingerprints are kept
_TIMES = _random.integers(1, 2**63, HASHES, dtype=np.uint64) | np.uint64(1)
_PLUS = _random.integers(0, 2**63, HASHES, dtype=np.uint64)


@dataclass(frozen=True)
class Fingerprint:
    """``minima`` of a text, the ``bands`` they are looked up by, and its title as a number.

    ``title`` is None for titles that are too short to tell anything.
    """

    minima: bytes
    bands: list[int]
    title: int | None

    def likeness(self, other: "Fingerprint") -> float:
        """The estimated share of runs that two texts have in common, 0 to 1."""
        mine, theirs = (np.frombuffer(each.minima, dtype=np.uint32) for each in (self, other))
        if not len(mine) or not len(theirs):
            return 0.0
        return float((mine == theirs).mean())

    def alike(self, other: "Fingerprint") -> tuple[float, bool] | None:
        """The likeness of two texts that are nearly the same, and whether their titles are the
        same; None where they are not nearly the same."""
        same = self.title is not None and self.title == other.title
        likeness = self.likeness(other)
        return (likeness, same) if likeness >= (ALIKE_WITH_TITLE if same else ALIKE) else None


def fingerprint_of(title: str, text: str) -> Fingerprint:
    """The fingerprint of a title and a whole text (which may hold the title again)."""
    tokens = _TOKEN.findall(fold(text).lower())
    runs = {"\x1f".join(tokens[i : i + _RUN]) for i in range(max(1, len(tokens) - _RUN + 1))}
    number = _title_number(title)
    if not tokens:
        return Fingerprint(b"", [], number)
    hashed = np.array([_hash(run) for run in sorted(runs)], dtype=np.uint64)
    with np.errstate(over="ignore"):
        mixed = (hashed[:, None] * _TIMES + _PLUS) >> np.uint64(32)
    minima = mixed.min(axis=0).astype(np.uint32)
    bands = [
        _signed(hashlib.blake2b(bytes([band]) + part.tobytes(), digest_size=4).digest())
        for band, part in enumerate(minima.reshape(BANDS, ROWS))
    ]
    return Fingerprint(minima.tobytes(), bands, number)


def _title_number(title: str) -> int | None:
    tokens = _TOKEN.findall(fold(title).lower())
    if sum(len(token) if len(token) > 1 else 2 for token in tokens) < _SHORTEST_TITLE:
        return None
    return _signed(hashlib.blake2b(" ".join(tokens).encode(), digest_size=8).digest())


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "little")


def _signed(digest: bytes) -> int:
    return int.from_bytes(digest, "little", signed=True)
