"""What search and matching ask of an embedder."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EmbeddingError(Exception):
    """No vectors could be had; the message says why and what to do."""


@dataclass(frozen=True)
class Reading:
    """A text that was read sentence by sentence: the ``whole`` [384], and ``sentences`` [n, 384].

    All of length one. Sentences behind the end of what the model reads have no row, so ``n`` may
    be less than was given.
    """

    whole: Vectors
    sentences: Vectors


class Embedder(Protocol):
    """What search and matching ask for. ``name`` tells models apart: another one re-embeds."""

    @property
    def name(self) -> str:
        """The model and, for an endpoint, where it runs; at most 100 characters."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row of 384 per text, of length one. Raises EmbeddingError."""

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """Each text, given as its sentences, as a whole and by sentence. Raises EmbeddingError."""

    def query(self, text: str) -> Vectors:
        """384 figures, of length one. Raises EmbeddingError."""
