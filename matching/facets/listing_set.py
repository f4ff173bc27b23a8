"""Sets of listings as bits: the bit at place n stands for the listing with number n.

Listings are numbered in one sequence, so a million of them are 125 kB, and two sets are cut, joined
or counted in microseconds where arrays of numbers take milliseconds.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.sql.columns import Numbers

Bits = NDArray[np.uint64]

_WIDE = 64


class ListingSet:
    """A set of listings by number; never changed once it is made."""

    def __init__(self, bits: Bits) -> None:
        self.bits = bits

    @classmethod
    def of(cls, numbers: Any) -> "ListingSet":
        """The set of these numbers, in any order; one may come twice."""
        given = np.asarray(numbers, dtype=np.int64)
        if not len(given):
            return cls(np.empty(0, np.uint64))
        there = np.zeros((int(given.max()) // _WIDE + 1) * _WIDE, np.bool_)
        there[given] = True
        return cls.where(there)

    @classmethod
    def where(cls, there: NDArray[np.bool_]) -> "ListingSet":
        """The set of the places that are true; as many as fill whole words of 64."""
        return cls(np.packbits(there, bitorder="little").view(np.uint64))

    @cached_property
    def _size(self) -> int:
        return int(np.bitwise_count(self.bits).sum())

    def __len__(self) -> int:
        return self._size

    def __and__(self, other: "ListingSet") -> "ListingSet":
        """What is in both."""
        wide = min(len(self.bits), len(other.bits))
        return ListingSet(self.bits[:wide] & other.bits[:wide])

    def __or__(self, other: "ListingSet") -> "ListingSet":
        """What is in one of them."""
        long, short = sorted((self.bits, other.bits), key=len, reverse=True)
        bits = long.copy()
        bits[: len(short)] |= short
        return ListingSet(bits)

    def __sub__(self, other: "ListingSet") -> "ListingSet":
        """What is in this one and not in the other."""
        bits = self.bits.copy()
        wide = min(len(self.bits), len(other.bits))
        bits[:wide] &= ~other.bits[:wide]
        return ListingSet(bits)

    def numbers(self) -> Numbers:
        """The numbers, ascending."""
        return np.flatnonzero(self._unpacked(0))

    def newest(self, most: int) -> Numbers:
        """The highest numbers, the highest first; no more is unpacked than they need."""
        behind = np.cumsum(np.bitwise_count(self.bits[::-1]), dtype=np.int64)
        words = min(int(np.searchsorted(behind, most)) + 1, len(self.bits))
        first = len(self.bits) - words
        found = np.flatnonzero(self._unpacked(first)) + first * _WIDE
        return found[::-1][: max(most, 0)]

    def has(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Which of these numbers are in it."""
        found = np.zeros(len(numbers), np.bool_)
        inside = numbers < len(self.bits) * _WIDE
        words = self.bits[numbers[inside] // _WIDE]
        found[inside] = (words >> (numbers[inside] % _WIDE).astype(np.uint64)) & np.uint64(1)
        return found

    def places(self, wide: int) -> NDArray[np.bool_]:
        """Whether it is there, for each of the first ``wide`` numbers."""
        there = self._unpacked(0)[:wide].view(np.bool_)
        return np.pad(there, (0, wide - len(there))) if len(there) < wide else there

    def _unpacked(self, first: int) -> NDArray[np.uint8]:
        return np.unpackbits(self.bits[first:].view(np.uint8), bitorder="little")


NOTHING = ListingSet(np.empty(0, np.uint64))
