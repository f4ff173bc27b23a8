"""All texts against all texts: the text score of many demands and candidates as matrices.

The same figures as :func:`matching.profiles.text_fit` gives pair by pair, in single precision: how
unusual the agreement in meaning and in words is to either side, put together as
:func:`matching.scoring.text_odds` does. The crowd is the same for all candidates of a kind and left
out. Who needs exact figures scores the best again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from achievements.models import Listing
from matching.columns import Numbers
from matching.embedding import Vectors
from matching.lexicon import shares_of, weights_of
from matching.similarity import asking_rows, scales_of_rows

Floats = NDArray[np.float32]
Best = tuple[NDArray[np.int64], Floats]

_OTHERS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT)
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


@dataclass(frozen=True)
class _Side:
    """How the texts of one side see the other: what :class:`matching.profiles.Outlook` is of one.

    ``asking`` are directions as who asks is compared; ``mean`` and ``deviation`` have a row a text
    and a column for each language of the other side; the words' figures are of
    :func:`matching.profiles.telling_words`, with those as ``queries``.
    """

    asking: Floats
    mean: Mapping[str, Floats]
    deviation: Mapping[str, Floats]
    queries: sparse.csr_matrix
    words_mean: Floats
    words_deviation: Floats


def _side(texts: Texts, other: Texts) -> _Side:
    kinds = _OTHERS if texts.kind == Listing.Kind.DEMAND else (Listing.Kind.DEMAND,)
    turned = asking_rows(texts.directions)
    seen = scales_of_rows(turned, kinds)
    codes = sorted(set(other.languages))
    usual = {code: seen.get((other.kind, code)) or seen[other.kind, "enzh"] for code in codes}
    amounts = texts.words.astype(np.float64)
    if texts.kind == Listing.Kind.DEMAND:
        amounts = amounts.power(2)
    shares = shares_of(texts.places)
    queries = (amounts @ sparse.diags(weights_of(texts.places))).tocsr()
    variance = queries.power(2) @ (shares * (1 - shares))
    return _Side(
        turned.astype(np.float32),
        {code: usual[code][0].astype(np.float32) for code in codes},
        {code: usual[code][1].astype(np.float32) for code in codes},
        queries,
        np.asarray(queries @ shares).ravel().astype(np.float32),
        np.sqrt(np.asarray(variance).ravel()).astype(np.float32),
    )


class Odds:
    """What the texts of demands and candidates add to the log-odds, block by block."""

    def __init__(self, demands: Texts, candidates: Texts, weights: Mapping[str, Any]) -> None:
        self.demands, self.candidates, self.weights = demands, candidates, weights
        self._asks, self._offers = _side(demands, candidates), _side(candidates, demands)
        self._runs = list(candidates.runs())
        _both, mine, theirs = np.intersect1d(demands.places, candidates.places, return_indices=True)
        queries = self._asks.queries.tocsc()[:, mine].astype(np.float32)
        offered = candidates.words.tocsc()[:, theirs].astype(np.float32)
        common = np.diff(offered.indptr) > _COMMON * max(offered.shape[0], 1)
        self._full = queries[:, common].toarray(), offered[:, common].toarray()
        self._rare = queries[:, ~common].tocsr(), offered[:, ~common].T.tocsr()
        self._rare_columns = offered[:, ~common].tocsr()

    def block(self, rows: slice, columns: slice) -> Floats:
        """The odds of these demands (rows) with these candidates (columns)."""
        near: Floats = self._asks.asking[rows] @ self.candidates.directions[columns].T
        seen: Floats = self.demands.directions[rows] @ self._offers.asking[columns].T
        words = self._full[0][rows] @ self._full[1][columns].T
        whole = columns == slice(0, len(self.candidates.listings))
        rare = self._rare[1] if whole else self._rare_columns[columns].T.tocsr()
        self._add(words, self._rare[0][rows] @ rare)
        for demand_code, lines in self.demands.runs():
            for code, run in self._runs:
                mine = slice(max(lines.start, rows.start), min(lines.stop, rows.stop))
                theirs = slice(max(run.start, columns.start), min(run.stop, columns.stop))
                if mine.start < mine.stop and theirs.start < theirs.stop:
                    here = (
                        slice(mine.start - rows.start, mine.stop - rows.start),
                        slice(theirs.start - columns.start, theirs.stop - columns.start),
                    )
                    parts = near[here], seen[here], words[here]
                    self._weigh(*parts, mine, theirs, (demand_code, code))
        return near

    def _add(self, words: Floats, found: sparse.csr_matrix) -> None:
        found = found.tocsr()
        for row in range(found.shape[0]):
            part = slice(found.indptr[row], found.indptr[row + 1])
            words[row, found.indices[part]] += found.data[part]

    def _weigh(
        self,
        near: Floats,
        seen: Floats,
        words: Floats,
        demands: slice,
        candidates: slice,
        languages: tuple[str, str],
    ) -> None:
        """Turn the products of demands in one language with candidates in one into odds, in place.

        ``near`` becomes the odds.
        """
        asks, offers, shares = self._asks, self._offers, self.weights["components"]
        asked, offered = languages
        near -= asks.mean[offered][demands, None]
        near *= 0.5 / asks.deviation[offered][demands, None]
        seen -= offers.mean[asked][candidates]
        seen *= 0.5 / offers.deviation[asked][candidates]
        near += seen
        near[~self.demands.embedded[demands]] = 0
        near[:, ~self.candidates.embedded[candidates]] = 0
        guess = np.float32(self.weights["lexical_unknown"])
        if _share(asked, offered):
            mine, theirs = asks.words_deviation[demands], offers.words_deviation[candidates]
            slope = (
                0.5 / np.where(mine > 0, mine, 1)[:, None],
                0.5 / np.where(theirs > 0, theirs, 1),
            )
            usual = asks.words_mean[demands, None] * slope[0]
            words *= slope[0] + slope[1]
            words -= usual + offers.words_mean[candidates] * slope[1]
            unknown = mine <= 0
            words[unknown] = guess * near[unknown]
            unknown = theirs <= 0
            words[:, unknown] = guess * near[:, unknown]
        else:
            words[:] = guess * near
        bend = np.float32(self.weights["words_bend"])
        positive = np.maximum(words, 0)
        positive /= bend
        np.log1p(positive, out=positive)
        positive *= bend
        np.minimum(words, 0, out=words)
        words += positive
        words *= np.float32(shares["lexical"])
        near *= np.float32(shares["semantic"])
        near += words

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
