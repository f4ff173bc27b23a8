"""All texts against all texts: the text score of many demands and candidates as matrices.

The same figures as :func:`matching.profiles.text_fit` gives pair by pair, in single precision: how
unusual the agreement in meaning and in words is to either side, put together as
:func:`matching.scoring.text_odds` does. The crowd is the same for all candidates of a kind and left
out; a person's works are seen where they lie together. Who needs exact figures scores the best
again.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from achievements.models import Listing
from matching.columns import Numbers
from matching.embedding import Vectors
from matching.lexicon import shares_of, weights_of
from matching.profiles import OF_PEOPLE
from matching.similarity import asking_rows, scales_of_rows

Floats = NDArray[np.float32]
Best = tuple[NDArray[np.int64], Floats]

_OTHERS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT)
_BLOCK = 2**24  # pairs that are multiplied at once: 64 MB a matrix
_TILE = 2**16  # pairs whose products stay in a processor's cache
_FULL = 1e-3  # words that this share of the pairs have in common are multiplied as full columns


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

    A product of two texts times ``meaning`` less ``meaning_usual``, summed over both sides, is how
    many deviations it is above what is usual; halved, as the mean of both sides is wanted, or with
    people that of the demand's side alone. They have a row a text for each language of the other
    side. ``words`` and ``words_usual`` are the same for the words, zero where nothing is known of
    them.
    """

    turned: Floats
    meaning: Mapping[str, Floats]
    meaning_usual: Mapping[str, Floats]
    queries: sparse.csr_matrix
    words: Floats
    words_usual: Floats


def _side(texts: Texts, other: Texts, share: float, of_words: float) -> _Side:
    kinds = _OTHERS if texts.kind == Listing.Kind.DEMAND else (Listing.Kind.DEMAND,)
    asking, lengths = asking_rows(texts.directions)
    seen = scales_of_rows(asking, kinds)
    codes = sorted(set(other.languages))
    usual = {code: seen.get((other.kind, code)) or seen[other.kind, "enzh"] for code in codes}
    amounts = texts.words.astype(np.float64)
    if texts.kind == Listing.Kind.DEMAND:
        amounts = amounts.power(2)
    shares = shares_of(texts.places)
    queries = (amounts @ sparse.diags(weights_of(texts.places))).tocsr()
    queries.eliminate_zeros()
    variance = np.asarray(queries.power(2) @ (shares * (1 - shares))).ravel()
    words = np.zeros(len(variance))
    np.divide(of_words, np.sqrt(variance), out=words, where=variance > 0)
    return _Side(
        (asking * lengths[:, None]).astype(np.float32),
        {code: (share / (lengths * usual[code][1])).astype(np.float32) for code in codes},
        {code: (share * usual[code][0] / usual[code][1]).astype(np.float32) for code in codes},
        queries,
        words.astype(np.float32),
        (np.asarray(queries @ shares).ravel() * words).astype(np.float32),
    )


class Odds:
    """What the texts of demands and candidates add to the log-odds, block by block.

    One product of directions serves both sides: who asks is turned by a symmetric matrix
    (:func:`matching.similarity.asking`), so it makes no difference which of the two was turned.
    What follows the products is done in tiles that stay in a processor's cache, on all processors.
    """

    def __init__(self, demands: Texts, candidates: Texts, weights: Mapping[str, Any]) -> None:
        self.demands, self.candidates, self.weights = demands, candidates, weights
        self._people = candidates.kind == Listing.Kind.EXPERT
        shares = ((1.0, OF_PEOPLE[1]), (0.0, 0.0)) if self._people else ((0.5, 0.5), (0.5, 0.5))
        self._asks = _side(demands, candidates, *shares[0])
        self._offers = _side(candidates, demands, *shares[1])
        self._runs = list(candidates.runs())
        _both, mine, theirs = np.intersect1d(demands.places, candidates.places, return_indices=True)
        queries = self._asks.queries.tocsc()[:, mine].astype(np.float32)
        offered = candidates.words.tocsc()[:, theirs].astype(np.float32)
        pairs = np.diff(queries.indptr) * np.diff(offered.indptr)
        full = pairs > _FULL * max(queries.shape[0] * offered.shape[0], 1)
        self._full = queries[:, full].toarray(), offered[:, full].toarray()
        self._rare = queries[:, ~full].tocsr(), offered[:, ~full].T.tocsr()

    def block(self, rows: slice) -> Floats:
        """The odds of these demands with all candidates."""
        odds, work = self._products(rows)
        for part in _parts(rows, len(self.candidates.listings)):
            work(part)
        return odds

    def _products(self, rows: slice) -> tuple[Floats, Callable[[slice], None]]:
        """The products of directions, and what turns them into odds, for some rows, in place."""
        near: Floats = self._asks.turned[rows] @ self.candidates.directions.T
        words: Floats = self._full[0][rows] @ self._full[1].T

        def work(part: slice) -> None:
            here = slice(part.start - rows.start, part.stop - rows.start)
            _add(words[here], self._rare[0][part] @ self._rare[1])
            for asked, lines in self.demands.runs():
                mine = slice(max(lines.start, part.start), min(lines.stop, part.stop))
                if mine.start < mine.stop:
                    self._weigh_rows(near, words, mine, asked, rows.start)

        return near, work

    def _weigh_rows(self, near: Floats, words: Floats, mine: slice, asked: str, first: int) -> None:
        """Turn the products of demands in one language into odds, tile by tile."""
        lines = slice(mine.start - first, mine.stop - first)
        wide = max(_TILE // (mine.stop - mine.start), 1)
        for offered, run in self._runs:
            for start in range(run.start, run.stop, wide):
                theirs = slice(start, min(start + wide, run.stop))
                tile = lines, theirs
                self._weigh(near[tile], words[tile], mine, theirs, (asked, offered))

    def _weigh(
        self,
        near: Floats,
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
        mine, theirs = asks.meaning[offered][demands], offers.meaning[asked][candidates]
        near *= np.add.outer(mine, theirs)
        mine, theirs = asks.meaning_usual[offered][demands], offers.meaning_usual[asked][candidates]
        near -= np.add.outer(mine, theirs)
        near[~self.demands.embedded[demands]] = 0
        near[:, ~self.candidates.embedded[candidates]] = 0
        guess = np.float32(self.weights["lexical_unknown"])
        if _share(asked, offered):
            mine, theirs = asks.words[demands], offers.words[candidates]
            words *= np.add.outer(mine, theirs)
            words -= np.add.outer(asks.words_usual[demands], offers.words_usual[candidates])
            words[mine == 0] = guess * near[mine == 0]
            if self._people:
                near *= np.where(mine == 0, 1, OF_PEOPLE[0]).astype(np.float32)[:, None]
            else:
                words[:, theirs == 0] = guess * near[:, theirs == 0]
        else:
            np.multiply(near, guess, out=words)
        bend = np.float32(self.weights["words_bend"])
        positive = np.maximum(words, 0)
        positive /= bend
        positive += 1
        np.log(positive, out=positive)  # in single precision several times as fast as log1p
        positive *= bend
        np.minimum(words, 0, out=words)
        words += positive
        words *= np.float32(shares["lexical"])
        near *= np.float32(shares["semantic"])
        near += words

    def best_of_demands(self, most: int, allowed: "Allowed") -> Iterator[tuple[int, Best]]:
        """For each demand's row its best candidates' rows with their odds, the best first."""
        many = max(_BLOCK // max(len(self.candidates.listings), 1), 1)
        with ThreadPoolExecutor(available_processors()) as pool:
            for start in range(0, len(self.demands.listings), many):
                rows = slice(start, min(start + many, len(self.demands.listings)))
                odds, work = self._products(rows)
                best = partial(_best, odds, rows.start, most, allowed)
                parts = _parts(rows, len(self.candidates.listings))
                for found in pool.map(partial(_after, work, best), parts):
                    yield from found


def available_processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def _parts(rows: slice, columns: int) -> Iterator[slice]:
    """The rows in portions for one processor each."""
    many = min(max(_TILE // max(columns, 1), 8), 256)
    for start in range(rows.start, rows.stop, many):
        yield slice(start, min(start + many, rows.stop))


def _after(
    work: Callable[[slice], None],
    then: Callable[[slice], list[tuple[int, Best]]],
    part: slice,
) -> list[tuple[int, Best]]:
    work(part)
    return then(part)


def _best(
    odds: Floats, first: int, most: int, allowed: "Allowed", part: slice
) -> list[tuple[int, Best]]:
    found = []
    for row in range(part.start, part.stop):
        line = odds[row - first]
        line[allowed.not_for_demand(row)] = -np.inf
        found.append((row, top(line, most)))
    return found


def _add(words: Floats, found: sparse.csr_matrix) -> None:
    for row in range(found.shape[0]):
        part = slice(found.indptr[row], found.indptr[row + 1])
        words[row, found.indices[part]] += found.data[part]


class Allowed:
    """Which pairs may be matched at all; here all of them."""

    def not_for_demand(self, row: int) -> NDArray[np.int64]:
        """Rows of candidates that may not be matched with a demand."""
        return np.empty(0, np.int64)


def top(odds: Floats, most: int) -> Best:
    """Where the highest are, the highest first, the first of equals first; none that is -inf."""
    found = np.arange(len(odds))
    if 8 * most < len(odds):
        # The last of the best of every eighth is no higher than the last of the best of all.
        found = np.flatnonzero(odds >= _least(odds[::8], most))
    if most < len(found):
        found = found[odds[found] >= _least(odds[found], most)]
    found = found[np.isfinite(odds[found])]
    order = np.lexsort((found, -odds[found]))[:most]
    return found[order], odds[found[order]]


def _least(odds: Floats, most: int) -> Any:
    return np.partition(odds, len(odds) - most)[len(odds) - most]


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
