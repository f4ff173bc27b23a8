"""What search and matching ask of an embedder."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class EmbeddingError(Exception):
    """No vectors could be had; the message says why and what to do."""


class Embedder(Protocol):
    """What search and matching ask for. ``name`` tells models apart: another one re-embeds."""

    @property
    def name(self) -> str:
        """The model and, for an endpoint, where it runs; at most 100 characters."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row of 384 per text, of length one. Raises EmbeddingError."""

    def query(self, text: str) -> Vectors:
        """384 figures, of length one. Raises EmbeddingError."""
