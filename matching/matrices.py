"""All texts against all texts: the text score of many demands and candidates as matrices.

The same figures as :class:`matching.profiles.Comparison` gives pair by pair, in single precision:
deviations of the meaning on the scale of the candidate's part, deviations of the words where a
language is shared, bent, and put together as :func:`matching.scoring.text_odds` does. The crowd is
the same for all candidates of a kind and left out. Who needs exact figures scores the best again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.columns import Numbers
from matching.embedding import Vectors
from matching.lexicon import shares_of, weights_of
from matching.similarity import scales

Floats = NDArray[np.float32]
Best = tuple[NDArray[np.int64], Floats]

_DEMANDS = 48  # of a block: with 100,000 candidates 20 MB a matrix
_CANDIDATES = 512
_COMMON = 0.05  # words in more than this share of the candidates are multiplied as full columns


@dataclass(frozen=True)
class Texts:
    """Texts of one kind, in rows sorted by language so that each language is one run of rows.

    ``directions`` of rows that are not ``embedded`` are zero; ``words`` has a row each and a column
    for each of ``places``, which are those of sparse vectors.
    """

    listings: Numbers
    kind: str
    languages: tuple[str, ...]
    directions: Floats
    embedded: NDArray[np.bool_]
    words: sparse.csr_matrix
    places: Numbers

    def runs(self) -> Iterator[tuple[str, slice]]:
        """Each language with its rows."""
        start = 0
        while start < len(self.languages):
            code, end = self.languages[start], start
            while end < len(self.languages) and self.languages[end] == code:
                end += 1
            yield code, slice(start, end)
            start = end


class Odds:
    """What the texts of demands and candidates add to the log-odds, block by block."""

    def __init__(self, demands: Texts, candidates: Texts, weights: Mapping[str, Any]) -> None:
        self.demands, self.candidates, self.weights = demands, candidates, weights
        self._runs = list(candidates.runs())
        self._scales = [scales(row) for row in demands.directions]
        self._measure_words()

    def _measure_words(self) -> None:
        """Demands' words as queries, their mean and deviation, and the columns both sides have."""
        asked = self.demands.words.tocsr().astype(np.float64)
        rarity, shares = weights_of(self.demands.places), shares_of(self.demands.places)
        queries = asked @ sparse.diags(rarity)
        self._mean = np.asarray(queries @ shares).ravel()
        squares = queries.multiply(queries)
        self._deviation = np.sqrt(np.asarray(squares @ (shares * (1 - shares))).ravel())
        _both, mine, theirs = np.intersect1d(
            self.demands.places, self.candidates.places, return_indices=True
        )
        queries = queries.tocsc()[:, mine].astype(np.float32)
        offered = self.candidates.words.tocsc()[:, theirs].astype(np.float32)
        common = np.diff(offered.indptr) > _COMMON * max(offered.shape[0], 1)
        self._full = queries[:, common].toarray(), offered[:, common].toarray()
        self._rare = queries[:, ~common].tocsr(), offered[:, ~common].T.tocsr()
        self._rare_columns = offered[:, ~common].tocsr()

    def block(self, rows: slice, columns: slice) -> Floats:
        """The odds of these demands (rows) with these candidates (columns)."""
        asked = self.demands.directions[rows]
        odds: Floats = asked @ self.candidates.directions[columns].T
        words = self._full[0][rows] @ self._full[1][columns].T
        whole = columns == slice(0, len(self.candidates.listings))
        rare = self._rare[1] if whole else self._rare_columns[columns].T.tocsr()
        self._add(words, self._rare[0][rows] @ rare)
        for code, run in self._runs:
            part = slice(max(run.start, columns.start), min(run.stop, columns.stop))
            if part.start < part.stop:
                here = slice(part.start - columns.start, part.stop - columns.start)
                self._weigh(odds[:, here], words[:, here], rows, code, part)
        return odds

    def _add(self, words: Floats, found: sparse.csr_matrix) -> None:
        found = found.tocsr()
        for row in range(found.shape[0]):
            part = slice(found.indptr[row], found.indptr[row + 1])
            words[row, found.indices[part]] += found.data[part]

    def _weigh(
        self, odds: Floats, words: Floats, rows: slice, code: str, candidates: slice
    ) -> None:
        """Turn products of one language's candidates into odds, in place."""
        kind, shares = self.candidates.kind, self.weights["components"]
        numbers = range(rows.start, rows.stop)
        usual = [
            self._scales[row].get((kind, code)) or self._scales[row][kind, "enzh"]
            for row in numbers
        ]
        mean = np.array([one.mean for one in usual], np.float32)[:, None]
        deviation = np.array([one.deviation for one in usual], np.float32)[:, None]
        odds -= mean
        odds /= deviation
        odds[~self.demands.embedded[rows]] = np.nan
        odds[:, ~self.candidates.embedded[candidates]] = np.nan
        known = self._deviation[rows] > 0
        known &= np.array([_share(self.demands.languages[row], code) for row in numbers])
        words -= self._mean[rows, None].astype(np.float32)
        words /= np.where(known, self._deviation[rows], 1.0)[:, None].astype(np.float32)
        words[~known] = np.float32(self.weights["lexical_unknown"]) * odds[~known]
        np.nan_to_num(words, copy=False)
        bend = np.float32(self.weights["words_bend"])
        positive = np.maximum(words, 0)
        positive /= bend
        np.log1p(positive, out=positive)
        positive *= bend
        np.minimum(words, 0, out=words)
        words += positive
        words *= np.float32(shares["lexical"])
        np.nan_to_num(odds, copy=False)
        odds *= np.float32(shares["semantic"])
        odds += words

    def best_of_demands(self, most: int, allowed: "Allowed") -> Iterator[tuple[int, Best]]:
        """For each demand's row its best candidates' rows with their odds, the best first."""
        columns = slice(0, len(self.candidates.listings))
        for start in range(0, len(self.demands.listings), _DEMANDS):
            rows = slice(start, min(start + _DEMANDS, len(self.demands.listings)))
            odds = self.block(rows, columns)
            for row in range(rows.start, rows.stop):
                line = odds[row - rows.start]
                line[allowed.not_for_demand(row)] = -np.inf
                yield row, top(line, most)

    def best_of_candidates(self, most: int, allowed: "Allowed") -> Iterator[tuple[int, Best]]:
        """For each candidate's row its best demands' rows with their odds, the best first."""
        rows = slice(0, len(self.demands.listings))
        for start in range(0, len(self.candidates.listings), _CANDIDATES):
            columns = slice(start, min(start + _CANDIDATES, len(self.candidates.listings)))
            odds = np.ascontiguousarray(self.block(rows, columns).T)
            for column in range(columns.start, columns.stop):
                line = odds[column - columns.start]
                line[allowed.not_for_candidate(column)] = -np.inf
                yield column, top(line, most)


class Allowed:
    """Which pairs may be matched at all; here all of them."""

    def not_for_demand(self, row: int) -> NDArray[np.int64]:
        """Rows of candidates that may not be matched with a demand."""
        return np.empty(0, np.int64)

    def not_for_candidate(self, column: int) -> NDArray[np.int64]:
        """Rows of demands that may not be matched with a candidate."""
        return np.empty(0, np.int64)


def top(odds: Floats, most: int) -> Best:
    """Where the highest are, the highest first, the first of equals first; none that is -inf."""
    found = np.arange(len(odds))
    if most < len(odds):
        least = np.partition(odds, len(odds) - most)[len(odds) - most]
        found = np.flatnonzero(odds >= least)
    found = found[np.isfinite(odds[found])]
    order = np.lexsort((found, -odds[found]))[:most]
    return found[order], odds[found[order]]


def _share(languages: str, others: str) -> bool:
    return any(code in others for code in ("en", "zh") if code in languages)


def texts_of(
    listings: Numbers,
    kind: str,
    languages: list[str],
    directions: Vectors,
    embedded: NDArray[np.bool_],
    words: tuple[Numbers, Numbers, Floats],
) -> Texts:
    """Texts from columns in any order. ``words``: start of each row, places, amounts."""
    order = np.lexsort((listings, np.array(languages)))
    starts, places, amounts = words
    known, columns = np.unique(places, return_inverse=True)
    matrix = sparse.csr_matrix(
        (amounts, columns.astype(np.int32), starts), shape=(len(listings), len(known))
    )
    return Texts(
        listings[order],
        kind,
        tuple(languages[place] for place in order),
        np.ascontiguousarray(directions[order], dtype=np.float32),
        embedded[order],
        matrix[order],
        known,
    )
