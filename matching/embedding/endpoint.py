"""Any server that speaks OpenAI's embeddings protocol."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from matching.embedding.interface import EmbeddingError, Reading, Vectors
from matching.models import DIMENSIONS

# So many Latin characters of a text are sent; a Chinese one counts for three. Small models read
# 512 tokens, and many servers refuse more instead of cutting.
WINDOW = 1_200
_HTTP_BATCH = 64
# Sixty-four vectors in JSON are less than a megabyte.
MAX_ANSWER_BYTES = 32 * 1024 * 1024


class _Stay(urllib.request.HTTPRedirectHandler):
    """Texts and key go to the address that was set, and are not led on to any other."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """Never: the answer stands as an error."""


_opener = urllib.request.build_opener(_Stay)


def shorten(text: str) -> str:
    """The beginning of a text that fits one window of the model."""
    room = WINDOW
    for place, letter in enumerate(text):
        room -= 3 if letter >= "\u2e80" else 1
        if room < 0:
            return text[:place]
    return text


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

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """Wholes and sentences are asked for as texts of their own."""
        wholes = self.passages(["\n".join(sentences) for sentences in texts])
        rows = self.passages([sentence for sentences in texts for sentence in sentences])
        ends = np.cumsum([len(sentences) for sentences in texts])
        return [
            Reading(whole, rows[end - len(sentences) : end])
            for whole, sentences, end in zip(wholes, texts, ends, strict=True)
        ]

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
            with _opener.open(request, timeout=seconds) as answer:
                data = json.loads(answer.read(MAX_ANSWER_BYTES))["data"]
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
        except (ValueError, KeyError, TypeError, RecursionError) as error:
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
