"""Which terms of two texts without a common language mean the same. Pure computation.

Terms are keywords, and what stands between the little words of a title or sentence. Two belong
together when either is the nearest of all to the other, and far nearer than terms usually are.
"""

import re
from collections.abc import Iterable, Sequence

from matching.embedding import Vectors

MOST_TERMS = 16  # of one text
MOST_PAIRS = 4
LEAST = 1.8  # deviations above the mean of all pairs of terms

# Little words of English; those of Chinese, in the pattern below, stand between terms as well.
_LITTLE_WORDS = """
a an and are as at be based been being between both by can for from has have if in into is it its
made may more most much new no not of off on one or other out over per so such than that the their
them there these they this those thus to under up upon use used using via was we well were when
where which while who will with within without
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())
# What every technical text is about tells nothing.
_PLAIN_TERMS = """
apparatus application applications components design device devices equipment machine machines
machinery material materials method methods part parts process processes product products project
research system systems technology technologies development
设备 装置 材料 部件 零件 系统 方法 器械 设计 加工 技术 研究 应用 工艺 产品 机械 项目 开发 制造
"""
_PLAIN = frozenset(_PLAIN_TERMS.split())
_BETWEEN = re.compile(
    r"[的及与和或于在对为了用其之等由并将按从以被把这该]|基于|一种|所述|具有|进行|用于|包括|以及|通过|采用"
    r"|实现|可以|能够|提供|需要|相关|方面|[^\u3400-\u9fff]+"
)
_PHRASE = re.compile(r"[A-Za-z][A-Za-z0-9\-]*(?: [A-Za-z0-9\-]+)*")


def english_terms(texts: Iterable[str]) -> list[str]:
    """Runs of up to three words without little ones, in order, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for phrase in _PHRASE.findall(text):
            run: list[str] = []
            for word in [*phrase.split(), ""]:
                if word and word.lower() not in _LITTLE:
                    run.append(word.lower())
                    continue
                term = " ".join(run)
                if len(run) <= 3 and len(term) > 3 and term not in _PLAIN:
                    found.setdefault(term)
                run = []
    return list(found)[:MOST_TERMS]


def chinese_terms(texts: Iterable[str]) -> list[str]:
    """Runs of two to eight characters without little ones, in order, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for run in _BETWEEN.split(text):
            if run and 2 <= len(run) <= 8 and run not in _PLAIN:
                found.setdefault(run)
    return list(found)[:MOST_TERMS]


def same_terms(
    terms: Sequence[str], rows: Vectors, others: Sequence[str], other_rows: Vectors
) -> list[tuple[str, str]]:
    """Pairs of terms, one of either text, that mean the same; the nearest first.

    ``rows`` [terms, 384] and ``other_rows`` are their vectors, of length one.
    """
    if len(terms) * len(others) < 4:  # too few to tell what is usual
        return []
    near = rows @ other_rows.T
    spread = max(float(near.std()), 1e-6)
    found = []
    for place, other in enumerate(near.argmax(axis=1)):
        if near[:, other].argmax() == place:
            z = (float(near[place, other]) - float(near.mean())) / spread
            found.append((z, terms[place], others[other]))
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    return [(term, other) for z, term, other in found[:MOST_PAIRS] if z >= LEAST]
