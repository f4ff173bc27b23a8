"""Invented embeddings with the neighbourhoods of real ones.

Embeddings of one model share a large part, and what is left depends on the language and on few
dimensions; subjects lie in clusters, of which near ones are alike. So a cosine of two unrelated
texts is 0.75 to 0.85, as with real ones, and the nearest neighbours stand out a little only: a
vector index that finds these finds real ones too.
"""

from collections.abc import Sequence

import numpy as np

from matching.models import DIMENSIONS
from matching.seeding.texts import TOPICS

_DECAY = 0.6  # how fast the later dimensions say less: a variance of 1/n^1.2
_AREAS = 25  # groups of subjects that are alike
_SHARED, _LANGUAGE = 2.0, 0.5  # lengths beside a subject's of about 1


class Space:
    """Where subjects and languages lie; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng([seed, 2])
        spread = 1 / np.arange(1, DIMENSIONS + 1) ** _DECAY
        self._spread = spread / np.linalg.norm(spread)
        self._turn = np.linalg.qr(chance.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
        areas = self._cloud(chance, _AREAS)
        self._topics = 0.6 * areas[np.arange(TOPICS) % _AREAS] + 0.6 * self._cloud(chance, TOPICS)
        self._shared = _SHARED * self._unit(chance)
        self._languages = {code: _LANGUAGE * self._unit(chance) for code in ("en", "zh")}
        self._seed = seed

    def embeddings(
        self, topics: Sequence[int], languages: Sequence[str], portion: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Title and text of each, float32 at length one; both are about the same."""
        chance = np.random.default_rng([self._seed, 3, portion])
        own = self._cloud(chance, len(topics))
        centres = self._shared + np.stack([self._language(code) for code in languages])
        about = centres + self._topics[np.asarray(topics)] + 0.7 * own
        title = about + 0.35 * self._cloud(chance, len(topics))
        text = about + 0.2 * self._cloud(chance, len(topics))
        return _units(title), _units(text)

    def _language(self, languages: str) -> np.ndarray:
        """Of one language, or between the two."""
        codes = [code for code in ("en", "zh") if code in languages]
        return np.mean([self._languages[code] for code in codes], axis=0)

    def _cloud(self, chance: np.random.Generator, size: int) -> np.ndarray:
        """Random vectors of about length one, most of it in few dimensions."""
        return (chance.normal(size=(size, DIMENSIONS)) * self._spread) @ self._turn

    def _unit(self, chance: np.random.Generator) -> np.ndarray:
        vector = chance.normal(size=DIMENSIONS)
        return vector / np.linalg.norm(vector)


def _units(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found
