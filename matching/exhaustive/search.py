"""The best candidates of every demand, exactly, page by page of candidates.

Of every pair a figure is computed that its odds cannot be above. A demand that has as many
candidates as are wanted looks only at those whose figure reaches the last of them, and computes
their odds themselves. So the best are the same as if all odds had been.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from matching.exhaustive.bounds import Turned, Wholes
from matching.exhaustive.ceilings import EDGE, Block, Ceilings, Group, Part, groups_of
from matching.exhaustive.matrices import Allowed, Demands, Floats, Odds, Rows, least

Best = tuple[Rows, Floats]  # listings with their odds, the best first

_ROWS = 128  # demands that one processor compares at once
_COLUMNS = 2**13  # with so many candidates
_PAIRS = 2**14  # whose odds are computed at once
_NOBODY = np.iinfo(np.int64).max


class Exhaustive:
    """Keeps the best ``most`` candidates of each demand while pages of candidates are compared."""

    def __init__(self, demands: Demands, most: int) -> None:
        self.most = most
        self._turned = Turned(demands.side.turned)
        self._groups = groups_of(demands.texts, demands.side.words > 0)
        many = len(demands.texts.listings)
        self._listings = np.full((many, most), _NOBODY)
        self._odds = np.full((many, most), -np.inf, np.float32)

    @property
    def best(self) -> list[Best]:
        """Of each demand the best so far."""
        counts = (self._odds > -np.inf).sum(axis=1).tolist()
        lines = zip(self._listings, self._odds, counts, strict=True)
        return [(listings[:count], odds[:count]) for listings, odds, count in lines]

    def compare(self, odds: Odds, allowed: Allowed) -> None:
        """Compare all demands with these candidates on all processors of this process.

        Asks the database for nothing, so that more can be read meanwhile.
        """
        candidates = odds.candidates
        offering = groups_of(candidates, odds.worded)
        with ThreadPoolExecutor(available_processors()) as pool:
            for asking in self._groups:
                for part in _parts(odds, asking, offering):
                    if part.alike:
                        self._take_any(part, allowed)
                    else:
                        self._compare_part(part, allowed, pool)

    def _compare_part(self, part: Part, allowed: Allowed, pool: ThreadPoolExecutor) -> None:
        """Block by block; the next one is made ready meanwhile."""
        blocks = part.blocks(_COLUMNS)
        ready = pool.submit(Block, part, blocks[0], self._turned)
        many = len(part.asking.rows)
        for number in range(len(blocks)):
            block = ready.result()
            if number + 1 < len(blocks):
                ready = pool.submit(Block, part, blocks[number + 1], self._turned)
            for _done in pool.map(partial(self._tile, block, allowed), range(0, many, _ROWS)):
                pass

    def _tile(self, block: Block, allowed: Allowed, start: int) -> None:
        """Compare some demands with a block; first with those of the highest figures."""
        places = slice(start, start + _ROWS)
        found = block.ceilings(places)
        tile = _Tile(block, allowed, found, places)
        bars = self._thresholds(block, found, places)
        left = np.flatnonzero(found.wholes >= bars[:, None])
        while len(left):
            now, left = self._highest(found.wholes, left)
            for at in range(0, len(now), _PAIRS):
                self._take(tile, *np.divmod(now[at : at + _PAIRS], found.wholes.shape[1]))
            if len(left):
                bars = self._thresholds(block, found, places)
                rows = left // found.wholes.shape[1]
                left = left[found.wholes.ravel()[left] >= bars[rows]]

    def _thresholds(self, block: Block, found: Ceilings, places: slice) -> Wholes:
        last = self._odds[block.part.asking.rows[places], -1]
        return block.thresholds(places, found.units, last)

    def _highest(self, wholes: Wholes, places: Rows) -> tuple[Rows, Rows]:
        """Which of these places to look at now, and which later.

        Where more than a few of a row are in question, the highest raise the bar for the others.
        """
        rows, most = places // wholes.shape[1], 2 * self.most
        counts = np.bincount(rows, minlength=len(wholes))
        if counts.max() <= most:
            return places, places[:0]
        figures = wholes.ravel()[places]
        bars = np.full(len(wholes), np.iinfo(np.int32).min, np.int32)
        ends = np.cumsum(counts)
        for row in np.flatnonzero(counts > most).tolist():
            bars[row] = least(figures[ends[row] - counts[row] : ends[row]], most)
        now = figures >= bars[rows]
        return places[now], places[~now]

    def _take(self, tile: "_Tile", rows: Rows, columns: Rows) -> None:
        """Compute the odds of pairs of a tile, and keep those of the best."""
        part, odds = tile.part, tile.part.odds
        asks = part.asking.rows[tile.places][rows]
        offers = tile.block.columns[columns]
        last = self._odds[asks, -1]
        chosen = tile.allowed.pairs(asks, offers)
        near = odds.meaning(asks, offers)
        if part.words and part.sound:
            chosen &= tile.at_most(rows, columns, near) >= last
        rows, columns, near, last = rows[chosen], columns[chosen], near[chosen], last[chosen]
        asks, offers = asks[chosen], offers[chosen]
        words = odds.agreement(asks, offers) if part.words else np.zeros(len(asks), np.float32)
        found = odds.together(near, words, np.full(len(asks), part.words))
        better = found >= last
        self._keep(asks[better], odds.candidates.listings[offers[better]], found[better])

    def _keep(self, rows: Rows, listings: Rows, odds: Floats) -> None:
        """Keep of what is known and what is new the best; of equals the lowest numbers.

        ``rows`` are in order.
        """
        if not len(rows):
            return
        changed, starts, counts = np.unique(rows, return_index=True, return_counts=True)
        line = np.repeat(np.arange(len(changed)), counts)
        place = np.arange(len(rows)) - np.repeat(starts, counts)
        shape = len(changed), int(counts.max())
        more, more_odds = np.full(shape, _NOBODY), np.full(shape, -np.inf, np.float32)
        more[line, place], more_odds[line, place] = listings, odds
        more = np.concatenate([self._listings[changed], more], axis=1)
        more_odds = np.concatenate([self._odds[changed], more_odds], axis=1)
        order = np.lexsort((more, -more_odds), axis=1)[:, : self.most]
        self._listings[changed] = np.take_along_axis(more, order, axis=1)
        self._odds[changed] = np.take_along_axis(more_odds, order, axis=1)

    def _take_any(self, part: Part, allowed: Allowed) -> None:
        """Nothing tells one candidate from another: the odds of all are nought."""
        for row in part.asking.rows.tolist():
            if self._odds[row, -1] > 0:
                continue
            columns = part.offering.rows
            may = columns[allowed.pairs(np.full(len(columns), row), columns)][: self.most]
            listings = part.odds.candidates.listings[may]
            self._keep(np.full(len(may), row), listings, np.zeros(len(may), np.float32))


class _Tile:
    """Some demands and a block of candidates, with what is known of them."""

    def __init__(self, block: Block, allowed: Allowed, found: Ceilings, places: slice) -> None:
        self.block, self.part, self.allowed, self.places = block, block.part, allowed, places
        self._found = found

    def at_most(self, rows: Rows, columns: Rows, near: Floats) -> Floats:
        """What the odds of pairs are at most, by their meaning and the ceiling of their words."""
        part, odds = self.part, self.part.odds
        asks, offers = part.asking.rows[self.places][rows], self.block.columns[columns]
        words = self.block.words_at_most(self._found, (rows, columns))
        words -= odds.asks.words_usual[asks] + odds.offers.words_usual[offers]
        return odds.together(near, words, np.ones(len(rows), np.bool_)) + EDGE


def _parts(odds: Odds, asking: Group, offering: list[Group]) -> Iterator[Part]:
    """A group of demands with all candidates.

    Who shares a language agrees more: then fewer of the others come into question.
    """
    parts = [Part(odds, asking, one) for one in offering]
    return iter(sorted(parts, key=lambda part: (not part.words, -len(part.offering.rows))))


def available_processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))
