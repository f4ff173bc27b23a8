"""All texts against all texts: the text score of many demands and candidates as matrices.

The same figures as :func:`matching.scoring.profiles.text_fit` gives pair by pair, in single
precision: how unusual the agreement in meaning and in words is to either side, put together as
:func:`matching.scoring.score.text_odds` does. The crowd is the same for all candidates of a kind
and left out; a person's works are seen where they lie together.

Of every pair a figure is computed that its odds cannot be above
(:mod:`matching.exhaustive.ceilings`); the odds of those that could be among the best by it are
computed themselves. So the best are the same as if all were.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from achievements.models import Listing
from matching.scoring.lexicon import shares_of, weights_of
from matching.scoring.profiles import OF_PEOPLE
from matching.sql.columns import Numbers
from matching.vectors.scales import scales_of_rows
from matching.vectors.similarity import LANGUAGES, asking_rows

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_OTHERS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT)
_AT_ONCE = 2**14  # texts that are turned at once


@dataclass(frozen=True)
class Texts:
    """Texts of one kind, in rows sorted by language so that each language is one run of rows.

    ``directions`` of rows that are not ``embedded`` are zero; ``words`` has a row each and a column
    for each of ``places``, which are those of sparse vectors.
    """

    listings: Numbers
    kind: str
    languages: tuple[str, ...]
    directions: NDArray[np.float16]
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


class Side:
    """How the texts of one side see the other, as :class:`matching.scoring.profiles.Outlook` does.

    A product of two texts times ``meaning`` less ``meaning_usual``, summed over both sides, is how
    many deviations it is above what is usual; halved, as the mean of both sides is wanted, or with
    people that of the demand's side alone. They are the same for all texts of the other side in one
    language. ``words`` and ``words_usual`` are the same for the words, zero where nothing is known
    of them. ``turned`` are the directions as :func:`matching.vectors.similarity.asking` turns them,
    at the length they have then; ``queries`` weigh each word by how much it tells.
    """

    def __init__(self, texts: Texts, other: str, share: float, of_words: float) -> None:
        kinds = _OTHERS if texts.kind == Listing.Kind.DEMAND else (Listing.Kind.DEMAND,)
        lengths = np.empty(len(texts.listings), np.float32)
        usual = {code: np.empty((2, len(lengths)), np.float32) for code in LANGUAGES}
        turned = []
        for start in range(0, len(lengths), _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            asking, lengths[here] = asking_rows(texts.directions[here].astype(np.float32))
            for (kind, code), (mean, deviation) in scales_of_rows(asking, kinds).items():
                if kind == other:
                    usual[code][:, here] = mean, deviation
            if texts.kind == Listing.Kind.DEMAND:
                turned.append((asking * lengths[here, None]).astype(np.float32))
        self._meaning = {
            code: (share / (lengths * deviation), share * mean / deviation)
            for code, (mean, deviation) in usual.items()
        }
        shares, weights = shares_of(texts.places), weights_of(texts.places)
        amounts = texts.words
        if texts.kind == Listing.Kind.DEMAND:
            self.turned = np.concatenate(turned)
            amounts = amounts.power(2)
            self.queries = (amounts @ sparse.diags(weights.astype(np.float32))).tocsr()
            self.queries.eliminate_zeros()
        variance = amounts.power(2) @ (weights**2 * shares * (1 - shares))
        words = np.zeros(len(variance))
        np.divide(of_words, np.sqrt(variance), out=words, where=variance > 0)
        self.words = words.astype(np.float32)
        self.words_usual = ((amounts @ (weights * shares)) * words).astype(np.float32)

    def meaning(self, language: str) -> Floats:
        """By text, for the other side's texts in a language."""
        return self._meaning[language if language in self._meaning else "enzh"][0]

    def meaning_usual(self, language: str) -> Floats:
        """By text, for the other side's texts in a language."""
        return self._meaning[language if language in self._meaning else "enzh"][1]


@dataclass(frozen=True)
class Demands:
    """The texts of demands and how they see candidates of a kind."""

    texts: Texts
    side: Side
    kind: str

    @classmethod
    def of(cls, texts: Texts, kind: str) -> "Demands":
        """As they see achievements or experts."""
        return cls(texts, Side(texts, kind, *_shares(kind)[0]), kind)


def _shares(kind: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """What counts how much of the demands' side and of the candidates': meaning, words."""
    if kind == Listing.Kind.EXPERT:
        return (1.0, OF_PEOPLE[1]), (0.0, 0.0)
    return (0.5, 0.5), (0.5, 0.5)


class Odds:
    """What the texts of demands and candidates add to the log-odds.

    One product of directions serves both sides: who asks is turned by a symmetric matrix
    (:func:`matching.vectors.similarity.asking`), so it makes no difference which of the two was
    turned. ``queries`` and ``words`` have columns for the words that occur on both sides;
    ``worded`` tells the words of which candidates are compared.
    """

    def __init__(self, demands: Demands, candidates: Texts, weights: Mapping[str, Any]) -> None:
        self.demands, self.asks = demands.texts, demands.side
        self.candidates, self.weights = candidates, weights
        self.people = candidates.kind == Listing.Kind.EXPERT
        self.offers = Side(candidates, Listing.Kind.DEMAND, *_shares(candidates.kind)[1])
        _both, mine, theirs = np.intersect1d(
            self.demands.places, candidates.places, assume_unique=True, return_indices=True
        )
        self.queries = self.asks.queries[:, mine]
        self.words = candidates.words[:, theirs]
        # What a demand's words tell of a person is known without knowing how usual they are.
        self.worded = np.ones(len(candidates.listings), np.bool_)
        if not self.people:
            self.worded = self.offers.words > 0

    def meaning(self, rows: Rows, columns: Rows) -> Floats:
        """How many deviations the meanings of pairs agree more than usual.

        Pairs of a demand and a candidate stand side by side here and below. All the demands are in
        one language, and so are all the candidates.
        """
        asks, offers = self.asks, self.offers
        asked, offered = self.demands.languages[rows[0]], self.candidates.languages[columns[0]]
        turned, directions = asks.turned[rows], self.candidates.directions[columns]
        near: Floats = np.einsum("ij,ij->i", turned, directions.astype(np.float32))
        near *= asks.meaning(offered)[rows] + offers.meaning(asked)[columns]
        near -= asks.meaning_usual(offered)[rows] + offers.meaning_usual(asked)[columns]
        near[~(self.demands.embedded[rows] & self.candidates.embedded[columns])] = 0
        return near

    def words_known(self, rows: Rows, columns: Rows) -> NDArray[np.bool_]:
        """Of which pairs the words are compared."""
        asked, offered = self.demands.languages[rows[0]], self.candidates.languages[columns[0]]
        if not share_language(asked, offered):
            return np.zeros(len(rows), np.bool_)
        return (self.asks.words[rows] > 0) & self.worded[columns]

    def agreement(self, rows: Rows, columns: Rows) -> Floats:
        """How many deviations the words of pairs agree more than usual, where they are known."""
        found = self._common(rows, columns)
        found *= self.asks.words[rows] + self.offers.words[columns]
        found -= self.asks.words_usual[rows] + self.offers.words_usual[columns]
        return found

    def together(self, near: Floats, words: Floats, known: NDArray[np.bool_]) -> Floats:
        """The odds by what meaning and words agree more than usual; grow with both."""
        words = np.where(known, words, np.float32(self.weights["lexical_unknown"]) * near)
        bend, shares = np.float32(self.weights["words_bend"]), self.weights["components"]
        words = np.where(words > 0, bend * np.log1p(np.maximum(words, 0) / bend), words)
        if self.people:
            near = np.where(known, np.float32(OF_PEOPLE[0]) * near, near)
        odds: Floats = np.float32(shares["semantic"]) * near + np.float32(shares["lexical"]) * words
        return odds

    def pairs(self, rows: Rows, columns: Rows) -> Floats:
        """The odds of pairs."""
        known = self.words_known(rows, columns)
        words = np.zeros(len(rows), np.float32)
        words[known] = self.agreement(rows[known], columns[known])
        return self.together(self.meaning(rows, columns), words, known)

    def _common(self, rows: Rows, columns: Rows) -> Floats:
        """The sums over common words of what they weigh in the demand and in the candidate."""
        both = self.queries[rows].multiply(self.words[columns]).tocsr()
        found: Floats = both @ np.ones(both.shape[1], np.float32)
        return found


class Allowed:
    """Which pairs may be matched at all; here all of them."""

    def pairs(self, rows: Rows, columns: Rows) -> NDArray[np.bool_]:
        """Whether a demand may be matched with a candidate, of rows side by side."""
        return np.ones(len(rows), np.bool_)


def share_language(languages: str, others: str) -> bool:
    """Whether texts in these languages have one in common."""
    return any(code in others for code in ("en", "zh") if code in languages)


def top(odds: Floats, keys: Rows, most: int) -> Rows:
    """Where the highest are, the highest first, of equals the lowest key first; none of -inf."""
    found = np.flatnonzero(odds > -np.inf)
    if most < len(found):
        found = found[odds[found] >= least(odds[found], most)]
    return found[np.lexsort((keys[found], -odds[found]))[:most]]


def least(odds: NDArray[Any], most: int) -> Any:
    """The lowest of the highest."""
    return np.partition(odds, len(odds) - most)[len(odds) - most]


class Places:
    """Finds the columns of places, as 28 bits of a hash, among known ones."""

    _SLOTS = 2**22

    def __init__(self, known: NDArray[np.int32]) -> None:
        self._known = known
        self._slots = np.full(self._SLOTS, -1, np.int32)
        self._slots[known % self._SLOTS] = np.arange(len(known))

    def columns(self, places: NDArray[np.int32]) -> NDArray[np.int32]:
        """Each one's column; all must be known."""
        found = self._slots[places % self._SLOTS]
        others = np.flatnonzero(self._known[found] != places)  # more than one has this slot
        found[others] = np.searchsorted(self._known, places[others])
        return found


def texts_of(
    listings: Numbers,
    kind: str,
    languages: list[str],
    directions: NDArray[np.floating],
    embedded: NDArray[np.bool_],
    words: tuple[Numbers, NDArray[np.int32], Floats],
) -> Texts:
    """Texts from columns in any order. ``words``: start of each row, places, amounts."""
    order = np.lexsort((listings, np.array(languages)))
    starts, places, amounts = words
    known = np.sort(places)  # as np.unique, in a tenth of the time
    known = known[np.diff(known, prepend=-1) > 0]
    columns = Places(known).columns(places) if len(known) else known
    matrix = sparse.csr_matrix((amounts, columns, starts), shape=(len(listings), len(known)))
    return Texts(
        listings[order],
        kind,
        tuple(languages[place] for place in order),
        directions[order].astype(np.float16),
        embedded[order],
        matrix[order],
        known.astype(np.int64),
    )
