"""Texts as vectors: the interface, the model in the wheel, and any OpenAI-compatible endpoint.

An embedder turns texts into unit vectors of 384 dimensions. Passages are what is found, queries
what is typed; models of the e5 family want to be told which is which by a prefix.
"""

from matching.embedding.current import (
    content_hash,
    embed_query,
    embedder_name,
    get_embedder,
    use_embedder,
)
from matching.embedding.endpoint import EndpointEmbedder
from matching.embedding.interface import Embedder, EmbeddingError, Reading, Vectors
from matching.embedding.local import LocalEmbedder

__all__ = [
    "Embedder",
    "EmbeddingError",
    "EndpointEmbedder",
    "LocalEmbedder",
    "Reading",
    "Vectors",
    "content_hash",
    "embed_query",
    "embedder_name",
    "get_embedder",
    "use_embedder",
]
