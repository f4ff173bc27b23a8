"""Embeddings of judged texts, kept between runs."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from django.db import connection
from pgvector import Vector

from matching.embedding import Embedder, Reading, Vectors
from matching.models import DIMENSIONS
from matching.quality.scratch import STORE

Text = TypeVar("Text")
Made = TypeVar("Made")

_BATCH = 64


class RememberingEmbedder:
    """Another embedder, asked once for each text: by content, across runs and sets.

    Vectors are kept in the schema ``judged`` of the database. New ones are made on all cores.
    ``progress`` is called with how many texts are done.
    """

    def __init__(self, inner: Embedder, progress: Callable[[int], object] | None = None) -> None:
        self._inner = inner
        self._progress = progress or (lambda _number: None)
        self.name = inner.name
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {STORE}")
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {STORE}.vector"
                f" (digest char(64) PRIMARY KEY, vector public.vector({DIMENSIONS}) NOT NULL)"
            )
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {STORE}.reading"
                " (digest char(64) PRIMARY KEY, rows bytea NOT NULL)"
            )

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row per text."""
        return self._all(texts, "passage", self._inner.passages)

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """Each text as a whole and by sentence."""
        digests = [self._digest("reading", "\x1e".join(text)) for text in texts]
        known = self._known_readings(digests)
        missing = {
            digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known
        }
        self._progress(len(texts) - len(missing))
        for part, made in self._made(missing, self._inner.readings):
            new = dict(zip(part, made, strict=True))
            self._keep_readings(new)
            known |= new
            self._progress(len(part))
        return [known[digest] for digest in digests]

    def query(self, text: str) -> Vectors:
        """The vector of a query."""
        rows = self._all([text], "query", lambda some: np.stack([self._inner.query(some[0])]))
        vector: Vectors = rows[0]
        return vector

    def _all(
        self, texts: Sequence[str], role: str, make: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        digests = [self._digest(role, text) for text in texts]
        known = self._known(digests)
        missing = {
            digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known
        }
        self._progress(len(texts) - len(missing))
        for part, rows in self._made(missing, make):
            new = dict(zip(part, rows, strict=True))
            self._keep(new)
            known |= new
            self._progress(len(part))
        return np.array([known[digest] for digest in digests], dtype=np.float32)

    @staticmethod
    def _made(
        missing: Mapping[str, Text], make: Callable[[Sequence[Text]], Made]
    ) -> Iterator[tuple[list[str], Made]]:
        """The digests of a batch and what was made of its texts, on all cores."""
        digests = list(missing)
        parts = [digests[i : i + _BATCH] for i in range(0, len(digests), _BATCH)]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            made = pool.map(lambda part: make([missing[digest] for digest in part]), parts)
            yield from zip(parts, made, strict=True)

    def _digest(self, role: str, text: str) -> str:
        return hashlib.sha256(f"{self.name}\x1f{role}\x1f{text}".encode()).hexdigest()

    @staticmethod
    def _known(digests: Sequence[str]) -> dict[str, Vectors]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT digest, vector::text FROM {STORE}.vector WHERE digest = ANY(%s)",  # noqa: S608
                [list(digests)],
            )
            return {digest: Vector.from_text(text).to_numpy() for digest, text in cursor}

    @staticmethod
    def _keep(rows: dict[str, Vectors]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {STORE}.vector VALUES (%s, %s::vector) ON CONFLICT DO NOTHING",  # noqa: S608
                [(digest, Vector(row).to_text()) for digest, row in rows.items()],
            )

    @staticmethod
    def _known_readings(digests: Sequence[str]) -> dict[str, Reading]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT digest, rows FROM {STORE}.reading WHERE digest = ANY(%s)",  # noqa: S608
                [list(digests)],
            )
            found = {digest: _rows(bytes(rows)) for digest, rows in cursor}
        return {digest: Reading(rows[0], rows[1:]) for digest, rows in found.items()}

    @staticmethod
    def _keep_readings(readings: Mapping[str, Reading]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {STORE}.reading VALUES (%s, %s) ON CONFLICT DO NOTHING",  # noqa: S608
                [
                    (digest, np.vstack([one.whole, one.sentences]).astype("<f4").tobytes())
                    for digest, one in readings.items()
                ],
            )


def _rows(data: bytes) -> Vectors:
    return np.frombuffer(data, dtype="<f4").reshape(-1, DIMENSIONS)
