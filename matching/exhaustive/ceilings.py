"""Figures that the odds of no pair are above, in whole numbers, for many pairs at once.

With r a demand and c a candidate, their directions' product s and their common words' t, the odds
grow with ``s·(m_r + M_c) − u_r − U_c`` and ``t·(w_r + W_c) − v_r − V_c``
(:class:`matching.exhaustive.matrices.Side`). What belongs to one side alone is taken into its rows
before they are rounded, the sum of the two sides apart: ``m_r + M_c`` is ``(m + M_c)·(1 + e)``,
where m is the usual of all demands and e differs little within a block. So of a block of
candidates, each demand has one threshold, and two products of 8-bit numbers say which pairs may
reach it.
"""

from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.exhaustive.bounds import Amounts, Directions, Floats, Turned, Wholes
from matching.exhaustive.matrices import Odds, Rows, Texts, share_language
from matching.scoring.profiles import OF_PEOPLE

_OFTEN = 3e-4  # words that this share of the pairs have in common are multiplied as full columns
EDGE = 1e-3  # odds by which single precision may err
_TOUCH = 8.0  # deviations of words where the straight line lies on the bent one
_LEAST = 1e-6  # that words count, so that they can be told from none
_NEVER, _ALWAYS = 2**31 - 1, -(2**31)


@dataclass(frozen=True)
class Group:
    """Texts in one language: all of them embedded or none, all with words or none."""

    language: str
    embedded: bool
    worded: bool
    rows: Rows


def groups_of(texts: Texts, worded: NDArray[np.bool_]) -> list[Group]:
    """All texts in groups, none of them empty."""
    found = []
    for language, run in texts.runs():
        kinds = texts.embedded[run] * 2 + worded[run]
        for kind in np.unique(kinds).tolist():
            rows = run.start + np.flatnonzero(kinds == kind)
            found.append(Group(language, kind >= 2, bool(kind % 2), rows))
    return found


class Part:
    """A group of demands with a group of candidates: what is compared of them, and how it counts.

    ``sound`` tells whether the odds grow with both as the figures take for granted; if not, none is
    of use. Deviations of words are taken at the line that touches the bent one from above.
    """

    def __init__(self, odds: Odds, asking: Group, offering: Group) -> None:
        self.odds, self.asking, self.offering = odds, asking, offering
        self.near = asking.embedded and offering.embedded
        shared = share_language(asking.language, offering.language)
        self.words = shared and asking.worded and offering.worded
        self.alike = not (self.near or self.words)
        weights = odds.weights
        shares, bend = weights["components"], weights["words_bend"]
        guess = weights["lexical_unknown"]
        self.sound = shares["semantic"] > 0 and min(shares["lexical"], guess) >= 0 and bend > 0
        slope, lexical = 1.0, max(shares["lexical"], _LEAST)
        self.above = EDGE
        if self.sound:
            slope = 1 / (1 + _TOUCH / bend)
            self.above += lexical * (bend * log1p(_TOUCH / bend) - slope * _TOUCH)
        self.lexical = lexical * slope
        self.semantic = shares["semantic"] + self.lexical * guess
        if self.words:
            self.semantic = shares["semantic"] * (OF_PEOPLE[0] if odds.people else 1.0)
        self._look(odds.asks.meaning(offering.language), odds.offers.meaning(asking.language))

    def _look(self, mine: Floats, theirs: Floats) -> None:
        """What each side takes for much, and what of it is usual."""
        odds, rows, columns = self.odds, self.asking.rows, self.offering.rows
        self.mine, self.theirs = mine[rows], theirs[columns]
        self.my_words, self.their_words = odds.asks.words[rows], odds.offers.words[columns]
        self.my_usual = np.zeros(len(rows), np.float32)
        self.their_usual = np.zeros(len(columns), np.float32)
        if self.near:
            asked, offered = self.asking.language, self.offering.language
            self.my_usual += self.semantic * odds.asks.meaning_usual(offered)[rows]
            self.their_usual += self.semantic * odds.offers.meaning_usual(asked)[columns]
        if self.words:
            self.my_usual += self.lexical * odds.asks.words_usual[rows]
            self.their_usual += self.lexical * odds.offers.words_usual[columns]
            self._split(odds.queries[rows], odds.words[columns])

    def _split(self, queries: sparse.csr_matrix, offered: sparse.csr_matrix) -> None:
        """Words that many pairs have in common as full columns, the others as they are."""
        many = queries.shape[1]
        pairs = np.bincount(queries.indices, minlength=many).astype(np.int64)
        pairs *= np.bincount(offered.indices, minlength=many)
        self.often = pairs > _OFTEN * len(self.mine) * len(self.theirs)
        if not self.often.any():
            self.often[:1] = True  # there is no product of nothing
        asking = queries.tocsc()
        self.often_asked = asking[:, self.often].toarray()
        self.rarely_asked = asking[:, ~self.often].tocsr()

    def blocks(self, size: int) -> list[Rows]:
        """The candidates in blocks, as places in the group; what is usual for them is alike."""
        order = np.argsort(self.their_usual, kind="stable")
        return [order[start : start + size] for start in range(0, len(order), size)]


@dataclass(frozen=True)
class Ceilings:
    """For demands (rows) and a block of candidates: whole numbers, of which one is ``units`` odds.

    ``words`` is what of them words add at most.
    """

    wholes: Wholes
    words: Wholes | None
    units: Floats


class Block:
    """Some candidates of a part. ``columns`` are their rows among all candidates."""

    def __init__(self, part: Part, places: Rows, turned: Turned) -> None:
        self.part, self._turned = part, turned
        self.columns = part.offering.rows[places]
        self._usual = float(part.their_usual[places].min(initial=np.inf))
        self._grows = np.ones(len(part.mine), np.float32)
        self._lost = np.zeros(len(part.mine), np.float32)
        if part.near:
            self._see(part.theirs[places])
        if part.words:
            self._read(part.their_words[places])

    def _see(self, theirs: Floats) -> None:
        part = self.part
        middle = part.mine.mean()
        rows = part.odds.candidates.directions[self.columns].astype(np.float32)
        rows *= (middle + theirs)[:, None]
        self._directions = Directions(rows)
        ends = (part.mine - middle)[:, None] / (middle + np.array([theirs.min(), theirs.max()]))
        asking = part.asking.rows
        self._grows = (1 + ends.mean(axis=1)).astype(np.float32)
        differ = np.abs(ends[:, 1] - ends[:, 0]) / 2
        longest = self._directions.length + self._directions.lost
        lost = self._grows * self._directions.missing(self._turned, asking)
        lost += differ * self._turned.lengths[asking] * longest
        self._lost = (part.semantic * lost).astype(np.float32)

    def _read(self, theirs: Floats) -> None:
        part = self.part
        middle = part.my_words.mean()
        offered = sparse.diags(middle + theirs) @ part.odds.words[self.columns]
        offered = offered.astype(np.float32).tocsc()
        self._often = Amounts(offered[:, part.often].toarray())
        self._rare = offered[:, ~part.often].T  # words by candidates
        ends = (part.my_words[:, None] + [theirs.min(), theirs.max()]) / (
            middle + np.array([theirs.min(), theirs.max()])
        )
        self._tells = (part.lexical * ends.max(axis=1) * (1 + 1e-6)).astype(np.float32)

    def ceilings(self, places: slice) -> Ceilings:
        """Those of some demands, as places in their group."""
        part = self.part
        asking = part.asking.rows[places]
        units = np.full(len(asking), np.float32(1))
        if part.near:
            units = self._grows[places] * self._turned.steps[asking]
            units = units * np.float32(part.semantic * self._directions.step)
            near = self._directions.product.of(self._turned.rows[asking])
            if not part.words:
                return Ceilings(near, None, units)
        often, tells = part.often_asked[places], self._tells[places]
        steps = self._often.least_steps(often)
        if not part.near:
            units = steps * tells
        times = np.ceil(steps * tells / units).astype(np.int32)
        words = self._often.of(often, times * units / tells)
        words *= times[:, None]
        rare = sparse.diags(tells / units) @ part.rarely_asked[places] @ self._rare
        rows = np.repeat(np.arange(len(asking)), np.diff(rare.indptr))
        words.ravel()[rows * words.shape[1] + rare.indices] += np.ceil(rare.data).astype(np.int32)
        if part.near:
            near += words
        return Ceilings(near if part.near else words, words, units)

    def thresholds(self, places: slice, units: Floats, odds: Floats) -> Wholes:
        """What a ceiling of each demand must reach so that the odds may reach these."""
        part = self.part
        if not part.sound:
            return np.full(len(odds), _ALWAYS, np.int32)
        needed = odds - part.above + part.my_usual[places] + self._usual - self._lost[places]
        return np.clip(np.floor(needed.astype(np.float64) / units) - 1, _ALWAYS, _NEVER - 1).astype(
            np.int32
        )

    def words_at_most(self, found: Ceilings, pairs: tuple[Rows, Rows]) -> Floats:
        """How many deviations the words of pairs, rows and columns of the ceilings, agree at most,
        with what is usual."""
        if found.words is None:
            return np.zeros(len(pairs[0]), np.float32)
        agree: Floats = found.words[pairs] * (found.units[pairs[0]] / np.float32(self.part.lexical))
        return agree
