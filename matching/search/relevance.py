"""The order of what a text finds: one score of meaning and words.

The score adds both, each in deviations above what is usual: normalised scores, not ranks, because
a list of words without real hits still hands out ranks. Words count little where query and listing
share no language: what they then share are stray numbers and names.

However many there are, at most ``POOL`` are scored in full: those nearest in meaning, whose place
words can still change. The others follow in the order of their meaning.
"""

from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.facets.listing_set import ListingSet
from matching.models import IndexEntry
from matching.search.lexemes import bm25, word_scale
from matching.search.text_query import TextQuery
from matching.sql.columns import Numbers, as_text, is_one_of
from matching.sql.statements import Statement, slot
from matching.vectors.nearness import COLUMNS, UNKNOWN, codes_with, nearness_of, seen_by

POOL = 600
WORD_WEIGHT = 0.3  # what a deviation of the words counts beside one of the meaning
STRAY = 0.15  # of that, where query and listing share no language


class Ranked:
    """Some of what a query finds, the most relevant first.

    The higher number breaks ties, so that pages never mix. What follows the scored ones has the
    score of its meaning alone, or of the last of them.
    """

    def __init__(self, query: TextQuery, listings: ListingSet) -> None:
        self.query, self.listings = query, listings

    def __getitem__(self, place: slice) -> tuple[Numbers, NDArray[np.float64]]:
        """Listings at these places with their scores; one statement, whatever is looked at."""
        listings, scores = self._pool
        if len(self.listings) > POOL and (place.stop is None or place.stop > POOL):
            rest, meaning = self._by_meaning()
            others = np.minimum(meaning[POOL:], scores[-1] if len(scores) else 0.0)
            listings = np.concatenate([listings, rest[POOL:]])
            scores = np.concatenate([scores, others])
        return listings[place], scores[place]

    @cached_property
    def _pool(self) -> tuple[Numbers, NDArray[np.float64]]:
        """Those that are scored in full."""
        listings, scores = scores_of(self.query, self._by_meaning(POOL)[0][:POOL])
        best = np.lexsort((-listings, -scores))
        return listings[best], scores[best]

    def _by_meaning(self, most: int | None = None) -> tuple[Numbers, NDArray[np.float64]]:
        """At least so many of them, or all, the nearest in meaning first, and how near they are.

        Those of which that is not known lie where one usually does that is found by its words.
        """
        known = self.query.found.known
        here = self.listings.has(known.listings) & (known.nearness != UNKNOWN)
        listings, nearness = known.listings[here], known.nearness[here]
        order = np.lexsort((-listings, -nearness))
        listings, nearness = listings[order], nearness[order]
        above = int((nearness > UNKNOWN).sum())
        others = self.listings - ListingSet.of(listings)
        between = others.newest(len(others) if most is None else max(most - above, 0))
        return (
            np.concatenate([listings[:above], between, listings[above:]]),
            np.concatenate([nearness[:above], np.full(len(between), UNKNOWN), nearness[above:]]),
        )


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


@cache
def _scoring(with_meaning: bool) -> Statement:
    rows = IndexEntry.objects.filter(is_one_of(slot("listings", "bigint[]")))
    seen: Any = seen_by(slot("vector", "halfvec") if with_meaning else None)
    return Statement(rows.order_by().values_list("pk", *seen, bm25(slot("words", "sparsevec"))))
