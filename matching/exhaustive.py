"""The best candidates of every demand, exactly, page by page of candidates.

Of every pair a figure is computed that its odds cannot be above. A demand that has as many
candidates as are wanted looks only at those whose figure reaches the last of them, and computes
their odds themselves. So the best are the same as if all odds had been.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from math import log1p

import numpy as np
from scipy import sparse

from matching.bounds import Directions, Turned, Words
from matching.matrices import (
    Allowed,
    Demands,
    Floats,
    Odds,
    Rows,
    least,
    share_language,
    top,
)
from matching.profiles import OF_PEOPLE

Best = tuple[Rows, Floats]  # listings with their odds, the best first

_ROWS = 32  # demands that one processor compares at once
_PAIRS = 4096  # whose odds are computed at once
_OFTEN = 3e-3  # words that this share of the pairs have in common are multiplied as full columns
_EDGE = 1e-3  # odds by which single precision may err
_TOUCH = 16.0  # deviations of words where the straight line lies on the bent one


class Exhaustive:
    """Keeps the best ``most`` candidates of each demand while pages of candidates are compared."""

    def __init__(self, demands: Demands, most: int) -> None:
        self._demands, self.most = demands, most
        self._turned = Turned(demands.side.turned)
        none = np.empty(0, np.int64), np.empty(0, np.float32)
        self.best: list[Best] = [none for _listing in demands.texts.listings]

    def compare(self, odds: Odds, allowed: Allowed) -> None:
        """Compare all demands with these candidates on all processors of this process.

        Asks the database for nothing, so that more can be read meanwhile.
        """
        candidates = odds.candidates
        with ThreadPoolExecutor(available_processors()) as pool:
            offered = [
                (language, columns, Directions(candidates.directions[columns]))
                for language, columns in candidates.runs()
            ]
            words = [odds.words[columns].tocsc() for _language, columns, _directions in offered]
            for asked, rows in self._demands.texts.runs():
                # Who shares a language agrees more: then fewer of the others come into question.
                parts = sorted(
                    zip(offered, words, strict=True),
                    key=lambda part: (
                        not share_language(asked, part[0][0]),
                        part[0][1].start - part[0][1].stop,
                    ),
                )
                for (_language, columns, directions), theirs in parts:
                    part = _Part(odds, (rows, columns), self._turned, directions, theirs)
                    starts = range(rows.start, rows.stop, _ROWS)
                    for _done in pool.map(partial(self._tile, part, allowed), starts):
                        pass

    def _tile(self, part: "_Part", allowed: Allowed, start: int) -> None:
        """Compare some demands with all candidates of a part."""
        rows = slice(start, min(start + _ROWS, part.rows.stop))
        ceilings, words = part.ceilings(rows)
        first = []
        for row, line in zip(range(rows.start, rows.stop), ceilings, strict=True):
            refused = allowed.not_for_demand(row) - part.columns.start
            line[refused[(refused >= 0) & (refused < len(line))]] = -np.inf
            first.append(self._first(part, row, line))
        self._take(part, rows, first, words)
        others = []
        for row, line, seen in zip(range(rows.start, rows.stop), ceilings, first, strict=True):
            line[seen] = -np.inf
            limit = part.limits(row, self._last(row))
            others.append(np.flatnonzero((line >= limit) & (line > -np.inf)))
        self._take(part, rows, others, words)

    def _first(self, part: "_Part", row: int, line: Floats) -> Rows:
        """The candidates to begin with: those with the highest figures.

        Of those that are all alike no others are of use.
        """
        if part.alike(row):
            return np.flatnonzero(line > -np.inf)[: self.most]
        limit = part.limits(row, self._last(row))
        if limit == -np.inf and 8 * self.most < len(line):
            # The last of the best of every eighth is no higher than the last of the best of all.
            limit = least(line[::8], self.most)
        found = np.flatnonzero((line >= limit) & (line > -np.inf))
        if self.most < len(found):
            found = found[line[found] >= least(line[found], self.most)]
        return found

    def _last(self, row: int) -> float:
        """Odds that a candidate must have to be among the best."""
        keys, odds = self.best[row]
        return float(odds[-1]) if len(keys) == self.most else -np.inf

    def _take(self, part: "_Part", rows: slice, found: list[Rows], words: Floats | None) -> None:
        """Compute the odds of these columns of each row, and keep those of the best.

        ``words`` is how many deviations the words may agree above the usual. With it and the
        meaning itself, which is computed first, few are left whose words are compared.
        """
        counts = [len(columns) for columns in found]
        demands = np.repeat(np.arange(rows.start, rows.stop), counts)
        columns = np.concatenate(found)
        last = np.repeat([self._last(row) for row in range(rows.start, rows.stop)], counts)
        for at in range(0, len(demands), _PAIRS):
            here = slice(at, at + _PAIRS)
            asks, offers = demands[here], columns[here]
            most = None if words is None else words[asks - rows.start, offers]
            self._keep(part, (asks, offers + part.columns.start), most, last[here])

    def _keep(
        self, part: "_Part", pairs: tuple[Rows, Rows], most: Floats | None, last: Floats
    ) -> None:
        odds, (rows, columns) = part.odds, pairs
        near, known = odds.meaning(rows, columns), odds.words_known(rows, columns)
        words = np.zeros(len(rows), np.float32)
        if most is not None and part.sound:
            chosen = odds.together(near, most, known) >= last - _EDGE
            rows, columns, near = rows[chosen], columns[chosen], near[chosen]
            known, words = known[chosen], words[chosen]
        if not len(rows):
            return
        words[known] = odds.agreement(rows[known], columns[known])
        found = odds.together(near, words, known)
        keys = odds.candidates.listings[columns]
        starts = np.flatnonzero(np.diff(rows, prepend=-1)).tolist()
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            row = int(rows[start])
            known_keys, known_odds = self.best[row]
            both_keys = np.concatenate([known_keys, keys[start:end]])
            both_odds = np.concatenate([known_odds, found[start:end]])
            kept = top(both_odds, both_keys, self.most)
            self.best[row] = both_keys[kept], both_odds[kept]


class _Part:
    """Demands in one language with candidates in one, and figures their odds cannot be above.

    Deviations of words are taken at the line that touches the bent one from above.
    """

    def __init__(
        self,
        odds: Odds,
        pairs: tuple[slice, slice],
        turned: Turned,
        directions: Directions,
        words: sparse.csc_matrix,
    ) -> None:
        self.odds, (self.rows, self.columns) = odds, pairs
        rows, columns = pairs
        self._turned, self._directions = turned, directions
        asked = odds.demands.languages[rows.start]
        offered = odds.candidates.languages[columns.start]
        self._share = share_language(asked, offered)
        weights = odds.weights
        shares, guess, bend = (
            weights["components"],
            weights["lexical_unknown"],
            weights["words_bend"],
        )
        self.sound = shares["semantic"] > 0 and min(shares["lexical"], guess) >= 0 and bend > 0
        slope = 1 / (1 + _TOUCH / bend) if bend > 0 else 1.0
        self._above = shares["lexical"] * (bend * log1p(_TOUCH / bend) - slope * _TOUCH)
        self._lexical = shares["lexical"] * slope
        self._guess = guess
        self._semantic = shares["semantic"] * (OF_PEOPLE[0] if odds.people else 1.0)
        self._alone = shares["semantic"] + self._lexical * guess
        asks, offers = odds.asks, odds.offers
        self._mine, self._theirs = asks.meaning(offered), offers.meaning(asked)[columns]
        self._mine_usual = asks.meaning_usual(offered)
        self._theirs_usual = offers.meaning_usual(asked)[columns]
        self._lost = np.flatnonzero(~odds.candidates.embedded[columns])
        self._wordless = np.flatnonzero(offers.words[columns] == 0)
        if self._share:
            self._words, self._words_usual = offers.words[columns], offers.words_usual[columns]
            self._usual = self._theirs_usual * np.float32(self._semantic)
            self._split(odds.queries[rows], words)

    def _split(self, queries: sparse.csr_matrix, offering: sparse.csc_matrix) -> None:
        """Words that many pairs have in common as full columns, the others as they are."""
        asking = queries.tocsc()
        pairs = np.diff(asking.indptr) * np.diff(offering.indptr).astype(np.int64)
        often = pairs > _OFTEN * max(queries.shape[0] * offering.shape[0], 1)
        self._often = Words(asking[:, often].toarray(), offering[:, often].toarray())
        self._rare = offering.T  # words by candidates
        keep = (~often & (pairs > 0)).astype(np.float32)
        self._rare_queries = (queries @ sparse.diags(keep)).tocsr()
        self._rare_queries.eliminate_zeros()

    def _worded(self, row: int) -> bool:
        """Whether the words of this demand are compared."""
        return self._share and bool(self.odds.asks.words[row] > 0)

    def alike(self, row: int) -> bool:
        """Whether nothing tells one candidate from another."""
        return not self.odds.demands.embedded[row] and not self._worded(row)

    def ceilings(self, rows: slice) -> tuple[Floats, Floats | None]:
        """A line for each of these demands: figures that say which odds cannot be higher.

        And by how many deviations words may agree more than usual, where they are compared.
        """
        near = self._directions.product.of(self._turned.rows[rows])
        missing = self._directions.missing(self._turned, rows)
        often = None
        if self._share:
            here = slice(rows.start - self.rows.start, rows.stop - self.rows.start)
            often = self._often.product.of(self._often.rows[here])
        made = np.empty(near.shape, np.float32)
        words = np.empty(near.shape, np.float32) if often is not None else None
        for place, line in enumerate(made):
            row = rows.start + place
            scale = np.float32(self._semantic if self._worded(row) else self._alone)
            np.copyto(line, near[place], casting="unsafe")
            line *= self._directions.steps
            line *= scale * self._turned.steps[row]
            line += scale * missing[place]
            line *= self._theirs + self._mine[row]
            if not self._worded(row) or often is None or words is None:
                line -= self._theirs_usual * scale
                if not self.odds.demands.embedded[row]:
                    line[:] = scale * self._mine_usual[row]
                line[self._lost] = scale * self._mine_usual[row]
            else:
                np.copyto(words[place], often[place], casting="unsafe")
                self._add_words(line, row, words[place])
        return made, words

    def _add_words(self, line: Floats, row: int, words: Floats) -> None:
        """Add what words may add where the demand's are known; ``words`` in steps at first."""
        asks = self.odds.asks
        usual = np.float32(self._semantic) * self._mine_usual[row]
        unlike = np.empty(0, np.int64) if self.odds.people else self._wordless
        alone = line[unlike] - np.float32(self._semantic) * self._theirs_usual[unlike] - usual
        if not self.odds.demands.embedded[row]:
            line[:] = usual
            line += np.float32(self._semantic) * self._theirs_usual
            alone[:] = 0
        if len(self._lost):
            line[self._lost] = usual + np.float32(self._semantic) * self._theirs_usual[self._lost]
            alone[np.isin(unlike, self._lost)] = 0
        place = row - self.rows.start
        words *= self._often.steps[place]
        part = slice(*self._rare_queries.indptr[place : place + 2])
        found = self._rare[self._rare_queries.indices[part]]
        if found.nnz:
            words += found.T @ self._rare_queries.data[part]
        words *= self._words + asks.words[row]
        words -= self._words_usual
        line += words * np.float32(self._lexical)
        line -= self._usual
        words -= asks.words_usual[row]
        if len(unlike):
            weighed = np.float32(self._alone / self._semantic) if self.sound else np.float32(0)
            own = np.float32(self._lexical) * asks.words_usual[row]
            line[unlike] = alone * weighed + usual + own

    def limits(self, row: int, odds: float) -> float:
        """What a figure must reach so that the odds may reach these."""
        if self.alike(row):
            return np.inf
        if not self.sound:
            return -np.inf
        scale = self._semantic if self._worded(row) else self._alone
        usual = scale * float(self._mine_usual[row])
        if self._worded(row):
            usual += self._lexical * float(self.odds.asks.words_usual[row])
        return odds - self._above - _EDGE + usual


def available_processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))
