"""The embedder in use, and the vectors of queries."""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

import numpy as np
from django.conf import settings
from django.core.cache import cache as store

from matching.embedding.endpoint import EndpointEmbedder
from matching.embedding.interface import Embedder, EmbeddingError, Vectors
from matching.embedding.local import LOCAL_NAME, LocalEmbedder

logger = logging.getLogger(__name__)
_QUERY_SECONDS = 24 * 3600


@cache
def _local() -> LocalEmbedder:
    return LocalEmbedder()


_chosen: ContextVar[Embedder | None] = ContextVar("embedder", default=None)


@contextmanager
def use_embedder(embedder: Embedder) -> Iterator[None]:
    """Within, this embedder is in use instead of the one that the settings name."""
    token = _chosen.set(embedder)
    try:
        yield
    finally:
        _chosen.reset(token)


def get_embedder() -> Embedder:
    """The embedder that the settings name; the model is loaded once a process, when first asked."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    if settings.EMBEDDINGS_URL:
        return EndpointEmbedder(
            settings.EMBEDDINGS_URL, settings.EMBEDDINGS_MODEL, settings.EMBEDDINGS_API_KEY
        )
    return _local()


def embedder_name() -> str:
    """The name of the embedder in use, without loading a model."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen.name
    return get_embedder().name if settings.EMBEDDINGS_URL else LOCAL_NAME


def content_hash(*texts: str) -> str:
    """What tells whether texts have been embedded before, by which embedder."""
    whole = "\x1f".join((embedder_name(), *texts))
    return hashlib.sha256(whole.encode()).hexdigest()


def embed_query(text: str, learn: Callable[[Vectors], None] | None = None) -> Vectors | None:
    """The vector of a query, remembered for a day; None while no vector can be had.

    Search then goes on without it, lexically. ``learn`` is called with a vector that was not
    remembered.
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
    if learn is not None:
        learn(vector)
    return vector
