"""The order of what a text finds: one score of meaning and words.

The score adds both, each in deviations above what is usual: normalised scores, not ranks, because
a list of words without real hits still hands out ranks. Words count little where query and listing
share no language: what they then share are stray numbers and names.

However many there are, at most ``POOL`` are scored in full: those nearest in meaning, whose place
words can still change. The others follow in the order of their meaning.
"""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.columns import Numbers, as_text, is_one_of
from matching.lexemes import bm25, word_scale
from matching.models import IndexEntry
from matching.nearness import COLUMNS, UNKNOWN, codes_with, nearness_of, seen_by
from matching.search import TextQuery
from matching.statements import Statement, slot

POOL = 1000
WORD_WEIGHT = 0.3  # what a deviation of the words counts beside one of the meaning
STRAY = 0.15  # of that, where query and listing share no language


def ranked(query: TextQuery, listings: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
    """These listings, ascending, with the most relevant first, and their scores.

    The higher number breaks ties, so that pages never mix. What follows the scored ones has the
    score of its meaning alone, or of the last of them.
    """
    nearness = _known_nearness(query, listings)
    order = np.lexsort((-listings, -nearness))
    pool, rest = listings[order[:POOL]], order[POOL:]
    scored, scores = scores_of(query, pool)
    best = np.lexsort((-scored, -scores))
    scored, scores = scored[best], scores[best]
    others = np.minimum(nearness[rest], scores[-1] if len(scores) else 0.0)
    return np.concatenate([scored, listings[rest]]), np.concatenate([scores, others])


def scores_of(query: TextQuery, listings: Numbers) -> tuple[Numbers, NDArray[np.float64]]:
    """Listings in no order, and the score of each for the query; one statement."""
    found, similarity, codes, product = _scoring(query.vector is not None).columns(
        [*COLUMNS, "f8"],
        listings=as_text(listings),
        vector=query.vector_text,
        words=query.words_text,
    )
    scale = word_scale(query.lexemes)
    mean, deviation = (scale.mean, scale.deviation) if scale.deviation else (0.0, query.weight)
    words = (product - mean) / deviation
    if query.vector is None:
        return found, words * WORD_WEIGHT
    if query.languages:
        shared = np.isin(codes, codes_with(query.languages))
        words = words * np.where(shared, 1.0, STRAY)
    return found, words * WORD_WEIGHT + nearness_of(similarity, codes, query.scales)


def _known_nearness(query: TextQuery, listings: Numbers) -> NDArray[np.float64]:
    found = query.found
    nearness = np.full(len(listings), UNKNOWN)
    if len(found.listings):
        at = np.minimum(np.searchsorted(found.listings, listings), len(found.listings) - 1)
        known = found.listings[at] == listings
        nearness[known] = found.nearness[at[known]]
    return nearness


@cache
def _scoring(with_meaning: bool) -> Statement:
    rows = IndexEntry.objects.filter(is_one_of(slot("listings", "bigint[]")))
    seen: Any = seen_by(slot("vector", "halfvec") if with_meaning else None)
    return Statement(rows.order_by().values_list("pk", *seen, bm25(slot("words", "sparsevec"))))
