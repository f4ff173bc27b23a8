"""Which words and sentences of two texts agree. Pure computation on tokens with weights."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from matching.text import chinese_grams, fold, sentences

LONGEST = 280  # characters of a passage that is quoted
_MOST_SENTENCES = 60  # of one text
_WORD = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9\-]{2,}")
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")

Weigh = Callable[[str], float]


@dataclass(frozen=True)
class Sentence:
    """A sentence as it stands in a listing, and its tokens."""

    text: str
    tokens: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Agreement:
    """Two sentences that agree, and how much."""

    demand: str
    candidate: str
    strength: float


def latin_words(text: str) -> list[str]:
    """The words of a text that are looked up for their stems, in lower case."""
    return [word.lower() for word in _WORD.findall(fold(text))]


def split_sentences(text: str, stems: Mapping[str, str]) -> list[Sentence]:
    """The sentences of a text with their tokens: stems of words, pairs of Chinese characters.

    ``stems`` gives the stem of each word, and none for words that mean nothing by themselves.
    """
    found = []
    for sentence in sentences(text)[:_MOST_SENTENCES]:
        words = (stems.get(word, "") for word in latin_words(sentence))
        tokens = frozenset(filter(None, words)) | frozenset(chinese_grams(fold(sentence)))
        if tokens:
            found.append(Sentence(sentence[:LONGEST].rstrip(), tokens))
    return found


def agreeing(
    demand: Sequence[Sentence], candidate: Sequence[Sentence], weigh: Weigh, most: int = 2
) -> list[Agreement]:
    """The pairs of sentences that share the most telling words; each sentence at most once.

    Strength is the shared weight over the geometric mean of both weights, as in a cosine; at least
    two tokens must be shared, and a sixth of the weight.
    """
    pairs = []
    own = [sum(weigh(token) ** 2 for token in one.tokens) for one in candidate]
    for one in demand:
        total = sum(weigh(token) ** 2 for token in one.tokens)
        for other, other_total in zip(candidate, own, strict=True):
            shared = one.tokens & other.tokens
            if len(shared) < 2:
                continue
            common = sum(weigh(token) ** 2 for token in shared)
            strength = common / max((total * other_total) ** 0.5, 1e-9)
            if strength >= 1 / 6:
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
