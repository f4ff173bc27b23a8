"""Which words and sentences of two texts agree. Pure computation on tokens and vectors."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from matching.embedding import Vectors
from matching.text.tokens import chinese_grams, fold

MOST_QUOTED = 3  # pairs of sentences of a match
NEAR = 0.3  # cosine of the directions of two sentences from which they are near in meaning
SHARED = 1 / 6  # of the weight of two sentences' words that must be shared to agree by words
_WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9\-]{2,}")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")

Weigh = Callable[[str], float]


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in a listing, its tokens, and what it adds to the score.

    ``direction`` is None while it is not embedded. ``pull`` is how much of what draws the whole
    listing to the other one it has, in words and in meaning.
    """

    text: str
    tokens: frozenset[str] = field(default_factory=frozenset)
    direction: Vectors | None = None
    pull: float = 0.0


@dataclass(frozen=True)
class Agreement:
    """Two sentences that agree, and how much."""

    demand: str
    candidate: str
    strength: float


def latin_words(text: str) -> list[str]:
    """The words of a text that are looked up for their stems, in lower case."""
    return [word.lower() for word in _WORD.findall(fold(text))]


def tokens_of(sentence: str, stems: Mapping[str, str]) -> frozenset[str]:
    """Stems of words, and pairs of Chinese characters.

    ``stems`` gives the stem of each word, and none for words that mean nothing by themselves.
    """
    words = (stems.get(word, "") for word in latin_words(sentence))
    return frozenset(filter(None, words)) | frozenset(chinese_grams(fold(sentence)))


def agreeing(
    demand: Sequence[Sentence], candidate: Sequence[Sentence], weigh: Weigh, most: int = MOST_QUOTED
) -> list[Agreement]:
    """The pairs of sentences that agree most; each sentence at most once.

    They agree in words (the shared weight over the geometric mean of both weights, as in a cosine;
    at least two tokens), in meaning (the cosine of their directions), or in both. What draws the
    two listings together goes before what agrees without adding to the score.
    """
    pairs = []
    own = [sum(weigh(token) ** 2 for token in one.tokens) for one in candidate]
    for one in demand:
        total = sum(weigh(token) ** 2 for token in one.tokens)
        for other, other_total in zip(candidate, own, strict=True):
            shared = one.tokens & other.tokens
            words = 0.0
            if len(shared) >= 2:
                common = sum(weigh(token) ** 2 for token in shared)
                words = common / max((total * other_total) ** 0.5, 1e-9)
            near = 0.0
            if one.direction is not None and other.direction is not None:
                near = float(np.dot(one.direction, other.direction))
            if words >= SHARED or near >= NEAR:
                strength = words + max(near, 0.0) + one.pull + other.pull
                pairs.append(Agreement(one.text, other.text, strength))
    return distinct(pairs, most)


def distinct(pairs: Iterable[Agreement], most: int) -> list[Agreement]:
    """The strongest pairs in which no sentence comes twice."""
    chosen: list[Agreement] = []
    seen: set[str] = set()
    for pair in sorted(pairs, key=lambda p: (-p.strength, p.demand, p.candidate)):
        if pair.demand in seen or pair.candidate in seen:
            continue
        chosen.append(pair)
        seen |= {pair.demand, pair.candidate}
        if len(chosen) == most:
            break
    return chosen


def shared_terms(
    demand: str, candidate: str, stems: Mapping[str, str], weigh: Weigh, most: int = 6
) -> list[str]:
    """Words and runs of Chinese characters that stand in both texts, the most telling first.

    Written as the demand writes them. Runs are as long as they agree; two characters at least.
    """
    offered = {stems[word] for word in latin_words(candidate) if stems.get(word)}
    found: dict[str, tuple[str, float]] = {}
    for word in latin_words(demand):
        stem = stems.get(word)
        if stem and stem in offered:
            found.setdefault(stem, (word, weigh(stem)))
    grams = set(chinese_grams(fold(candidate)))
    for run in _shared_runs(fold(demand), grams):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)]
        found.setdefault(run, (run, sum(map(weigh, pairs)) / len(pairs) ** 0.5))
    ordered = sorted(found.values(), key=lambda pair: (-pair[1], pair[0]))
    return [word for word, _weight in ordered[:most]]


def _shared_runs(text: str, grams: set[str]) -> Iterable[str]:
    for run in _HAN_RUN.findall(text):
        start = 0
        while start < len(run) - 1:
            end = start
            while end < len(run) - 1 and run[end : end + 2] in grams:
                end += 1
            if 1 <= end - start <= 7:
                yield run[start : end + 1]
            start = max(end, start + 1)
