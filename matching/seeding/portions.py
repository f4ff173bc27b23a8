"""Load data portion by portion, each in a transaction of its own, by one process or several.

A portion is the same whoever makes it, so the catalogue does not depend on the number of them.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import ClassVar

from django.db import connection, connections, transaction

from matching.seeding.catalogue import Catalogue, plans_of
from matching.seeding.copies import copy_entries, copy_listings
from matching.seeding.entries import embedded, write_entries
from matching.seeding.vectors import Space

PORTION = 2000  # listings
_WORTH = 20_000  # listings for which other processes are worth starting


@dataclass(frozen=True)
class Order:
    """What is to be made: listings of these numbers, spread over these organisations.

    ``texts``: how many of them are written; the others are copies of these in turn.
    """

    numbers: range
    organisations: Sequence[int]
    seed: int
    texts: int

    @property
    def size(self) -> int:
        """Listings of a portion; it has either copies or none."""
        return min(PORTION, self.texts)

    @property
    def written(self) -> range:
        """The portions that are written."""
        return range(min(-(-self.texts // self.size), self.copied.stop))

    @property
    def copied(self) -> range:
        """The portions of copies, to be made when the others are there."""
        return range(-(-self.texts // self.size), -(-len(self.numbers) // self.size))

    def numbers_of(self, portion: int) -> range:
        """The numbers of a portion's listings."""
        start = portion * self.size
        return self.numbers[start : start + self.size]


class Maker:
    """Makes portions of an order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._catalogue = Catalogue(order.organisations, order.seed)
        self._space = Space(order.seed)

    @transaction.atomic
    def make(self, portion: int) -> int:
        """Write a portion's listings with their entries; returns how many."""
        with connection.cursor() as cursor:  # who loses the last portions begins again anyway
            cursor.execute("SET LOCAL synchronous_commit = off")
        order, numbers = self._order, self._order.numbers_of(portion)
        source = portion % len(order.written)
        planned = plans_of(order.numbers_of(source), order.seed, source)
        plans = [
            replace(plan, number=number) for plan, number in zip(planned, numbers, strict=False)
        ]
        with embedded(plans, self._space, portion):
            if source == portion:
                self._catalogue.write(plans, portion)
                write_entries(plans)
            else:
                sources = order.numbers_of(source)[: len(numbers)]
                copy_listings(sources, numbers[0] - sources[0])
                copy_entries(sources, numbers[0] - sources[0])
        return len(plans)


class _Process:
    """What one of several processes keeps between portions."""

    maker: ClassVar[Maker]


@contextmanager
def making(order: Order) -> Iterator["Makers"]:
    """Several processes where it is worth it; one within a transaction, which others do not see.

    The processes are copies of this one, so nothing may be kept open that two cannot share.
    """
    processes = len(os.sched_getaffinity(0))
    if connection.in_atomic_block or len(order.numbers) < _WORTH or processes < 2:
        yield Makers(Maker(order), None)
        return
    connections.close_all()
    with ProcessPoolExecutor(processes, get_context("fork"), _begin, (order,)) as pool:
        yield Makers(None, pool)


@dataclass(frozen=True)
class Makers:
    """Whoever makes the portions of an order."""

    alone: Maker | None
    pool: ProcessPoolExecutor | None

    def make(self, portions: Sequence[int]) -> Iterator[int]:
        """Make these portions; yields how many listings each had, in order."""
        if self.alone is not None:
            yield from map(self.alone.make, portions)
        elif self.pool is not None:
            yield from self.pool.map(_make, portions)


def _begin(order: Order) -> None:
    _Process.maker = Maker(order)


def _make(portion: int) -> int:
    return _Process.maker.make(portion)
