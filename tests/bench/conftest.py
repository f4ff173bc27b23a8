"""The quick embedder of matching's tests: no test of the bench loads the model."""

from tests.matching.conftest import _quick_embedder, embedder

__all__ = ["_quick_embedder", "embedder"]
