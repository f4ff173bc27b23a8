"""An embedder of the tests' own: quick, deterministic, and near where texts share words."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import numpy as np
import pytest
from django.db import transaction

from matching.embedding import EmbeddingError, Reading, Vectors, current
from matching.models import DIMENSIONS, CollectionStatistics
from matching.sql import parallel
from matching.text.tokens import chinese_grams, fold, plain_latin


@cache
def _word(word: str) -> Vectors:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=DIMENSIONS)


class WordEmbedder:
    """Sums a fixed random vector per word; both prefixes give the same."""

    name = "words"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.down = False

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        if self.down:
            raise EmbeddingError("switched off by the test")
        self.asked += texts
        return np.vstack([self._vector(text) for text in texts])

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """The whole, and each sentence for itself."""
        return [
            Reading(self.passages(["\n".join(text)])[0], self.passages(list(text)))
            for text in texts
        ]

    def query(self, text: str) -> Vectors:
        """One vector."""
        return self.passages([text])[0]

    def _vector(self, text: str) -> Vectors:
        folded = fold(text).lower()
        words = plain_latin(folded).split() + chinese_grams(folded)
        total = np.full(DIMENSIONS, 0.5)
        for word in words:
            total += _word(word)
        return (total / np.linalg.norm(total)).astype(np.float32)


@pytest.fixture
def embedder(monkeypatch: pytest.MonkeyPatch) -> WordEmbedder:
    """The embedder in use for one test."""
    words = WordEmbedder()
    monkeypatch.setattr(current, "_local", lambda: words)
    monkeypatch.setattr(current, "LOCAL_NAME", words.name)
    return words


@pytest.fixture(autouse=True)
def _quick_embedder(embedder: WordEmbedder) -> None:
    """No test of this package loads the model unless it says so."""


@pytest.fixture
def measured(db: None, embedder: WordEmbedder) -> None:
    """The collection was measured, and lies as is usual: searches ask for meaning, too."""
    middle = np.zeros(DIMENSIONS)
    CollectionStatistics.objects.create(
        kind="achievement",
        languages="en",
        embedder=embedder.name,
        documents=0,
        **dict.fromkeys(("title_centre", "text_centre", "mean"), middle),
    )


@pytest.fixture
def two_connections(transactional_db: None) -> Iterator[None]:
    """What is asked at once is, outside of any transaction; the second connection ends with it."""
    yield
    parallel.close()


@pytest.fixture(scope="module")
def shared_database(
    django_db_setup: None, django_db_blocker: Any
) -> Callable[[], AbstractContextManager[None]]:
    """Within, rows are written that all tests of a module find; what a test changes is undone.

    Only for tests in transactions. The embedder is as within a test.
    """

    @contextmanager
    def shared() -> Iterator[None]:
        with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(current, "LOCAL_NAME", WordEmbedder.name)
            patch.setattr(current, "_local", WordEmbedder)
            with transaction.atomic():
                yield
                transaction.set_rollback(True)

    return shared
