"""Invented texts: words as frequent as Zipf's law says, half of them of the text's subject."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from matching.seeding.words import chinese_words, english_words

TOPICS = 400
_EXPONENT, _OFFSET = 1.05, 2.7  # of Zipf's law as Mandelbrot has it
_OWN_WORDS = 160  # that belong to a subject
_OF_THE_SUBJECT = 0.45  # the share of a text's words that are its subject's
_SENTENCE = 14  # words


class Writer:
    """Writes the texts of a portion in one language, the same ones for the same order of calls."""

    def __init__(self, language: str, seed: int, portion: int) -> None:
        self.language = language
        self._words = _words(language)
        self._chance = np.random.default_rng([seed, 0 if language == "en" else 1, portion])

    def write(self, topics: Sequence[int], words: int) -> list[str]:
        """One text of about so many words for each of these subjects."""
        lengths = self._chance.integers(max(words * 3 // 4, 1), words * 5 // 4 + 1, len(topics))
        total = int(lengths.sum())
        drawn = np.searchsorted(_zipf(len(self._words)), self._chance.random(total))
        own = np.searchsorted(_zipf(_OWN_WORDS), self._chance.random(total))
        of_subject = _subjects(len(self._words))[
            np.repeat(np.asarray(topics, dtype=np.int64), lengths), own
        ]
        chosen = np.where(self._chance.random(total) < _OF_THE_SUBJECT, of_subject, drawn)
        tokens = self._words[chosen].tolist()
        texts, start = [], 0
        for length in lengths.tolist():
            texts.append(self._joined(tokens[start : start + length]))
            start += length
        return texts

    def _joined(self, tokens: list[str]) -> str:
        parts = [tokens[i : i + _SENTENCE] for i in range(0, len(tokens), _SENTENCE)]
        if self.language == "zh":
            text = "。".join("".join(part) for part in parts)
            return text if len(parts) == 1 else f"{text}。"
        text = ". ".join(" ".join(part).capitalize() for part in parts)
        return text if len(parts) == 1 else f"{text}."


@cache
def _words(language: str) -> np.ndarray:
    return np.array(chinese_words() if language == "zh" else english_words(), dtype=object)


@cache
def _subjects(words: int) -> np.ndarray:
    """The words of each subject, the most frequent first; never one of the first sixty."""
    chance = np.random.default_rng([7, 2])
    common = chance.integers(60, 2000, size=(TOPICS, _OWN_WORDS // 2))
    rare = chance.integers(2000, words, size=(TOPICS, _OWN_WORDS // 2))
    return np.stack([common, rare], axis=2).reshape(TOPICS, _OWN_WORDS)


@cache
def _zipf(size: int) -> np.ndarray:
    """The cumulative share of the first, the second ... of so many words."""
    shares = 1 / (np.arange(size) + _OFFSET) ** _EXPONENT
    cumulative: np.ndarray = np.cumsum(shares) / shares.sum()
    cumulative[-1] = 1.0
    return cumulative
