"""Which listings have which values: to be counted, asked and changed at any size.

A value that many listings have is a set of bits; of all others there are pairs of a listing and a
value. Listings that changed have their values apart until there are many of them, so that a change
costs nothing to speak of among a million.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching.facets.listing_set import NOTHING, ListingSet

Numbered = NDArray[np.int32]
Counts = NDArray[np.int64]
Truths = NDArray[np.bool_]

_MANY = 64  # every 64th listing: from there on a set of bits is smaller than pairs
_MOST_APART = 2000  # listings, or a fiftieth of all


def _none() -> Numbered:
    return np.empty(0, np.int32)


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a listing's number and a value's place."""

    owners: Numbered = field(default_factory=_none)
    places: Numbered = field(default_factory=_none)

    def __add__(self, other: "_Pairs") -> "_Pairs":
        owners = np.concatenate([self.owners, other.owners])
        return _Pairs(owners, np.concatenate([self.places, other.places]))

    def without(self, listings: ListingSet) -> "_Pairs":
        """Those of other listings."""
        stays = ~_are_in(listings, self.owners)
        return _Pairs(self.owners[stays], self.places[stays])

    def count(self, listings: ListingSet, wanted: Truths) -> Counts:
        """How many of the listings have each value that is wanted."""
        there = _are_in(listings, self.owners)
        return np.where(wanted, np.bincount(self.places[there], minlength=len(wanted)), 0)

    def having(self, asked: Truths) -> ListingSet:
        """The listings that have a value asked for."""
        return ListingSet.of(self.owners[asked[self.places]])


@dataclass(frozen=True)
class _Ordered:
    """Listings value by value: those of the value at a place lie between two of ``starts``."""

    owners: Numbered = field(default_factory=_none)
    starts: Counts = field(default_factory=lambda: np.zeros(1, np.int64))

    def count(self, listings: ListingSet, wanted: Truths) -> Counts:
        """How many of the listings have each value that is wanted."""
        places, owners, sizes = self._of(wanted)
        found = np.zeros(len(wanted), np.int64)
        if len(places):
            there = _are_in(listings, owners).view(np.uint8)
            found[places] = np.add.reduceat(there, np.cumsum(sizes) - sizes, dtype=np.int64)
        return found

    def having(self, asked: Truths) -> ListingSet:
        """The listings that have a value asked for."""
        return ListingSet.of(self._of(asked)[1])

    def pairs(self) -> _Pairs:
        """The same as pairs."""
        places = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        return _Pairs(self.owners, places)

    def _of(self, wanted: Truths) -> tuple[Counts, Numbered, Counts]:
        """The places wanted that have listings, these one after the other, and how many of each."""
        sizes = np.diff(self.starts)
        chosen = wanted[: len(sizes)] & (sizes > 0)
        if (chosen == (sizes > 0)).all():
            return np.flatnonzero(chosen), self.owners, sizes[chosen]
        places = np.flatnonzero(chosen)
        parts = [self.owners[self.starts[one] : self.starts[one + 1]] for one in places.tolist()]
        return places, np.concatenate([_none(), *parts]), sizes[places]


def _are_in(listings: ListingSet, owners: Numbered) -> Truths:
    widest = int(owners.max()) + 1 if len(owners) else 0
    return listings.places(widest)[owners]


@dataclass(frozen=True)
class Values:
    """The values of listings, each by its place; never changed, only replaced.

    ``sets`` and ``few`` are of all listings but those ``apart``, whose pairs are ``changed``.
    """

    sets: Mapping[int, ListingSet] = field(default_factory=dict)
    few: _Ordered = field(default_factory=_Ordered)
    listings: ListingSet = NOTHING
    apart: ListingSet = NOTHING
    changed: _Pairs = field(default_factory=_Pairs)

    def count(self, listings: ListingSet, wanted: Truths) -> Counts:
        """How many of the listings have each value that is wanted, given as a truth for each
        place; 0 for the others."""
        together, apart = listings - self.apart, listings & self.apart
        found = self.few.count(together, wanted) + self.changed.count(apart, wanted)
        for place, own in self.sets.items():
            if wanted[place]:
                found[place] += len(own & together)
        return found

    def having(self, asked: Truths) -> ListingSet:
        """The listings that have one of the values asked for, given as a truth for each place."""
        found = self.few.having(asked)
        for place, own in self.sets.items():
            if asked[place]:
                found |= own
        return (found - self.apart) | self.changed.having(asked)

    def with_changed(self, listings: ListingSet, owners: Numbered, places: Numbered) -> "Values":
        """The same with other values for some listings: those of these pairs and no more."""
        changed = self.changed.without(listings) + _Pairs(owners, places)
        values = replace(self, apart=self.apart | listings, changed=changed)
        values = replace(values, listings=self.listings | listings)
        if len(values.apart) > max(_MOST_APART, len(values.listings) // 50):
            return values._together()
        return values

    def _together(self) -> "Values":
        """The same with nothing apart."""
        pairs = self.few.pairs().without(self.apart) + self.changed
        for place, own in self.sets.items():
            owners = (own - self.apart).numbers().astype(np.int32)
            pairs += _Pairs(owners, np.full(len(owners), place, np.int32))
        owners = pairs.owners[np.argsort(pairs.places, kind="stable")]
        counts = np.bincount(pairs.places)
        starts = np.concatenate([[0], np.cumsum(counts)])
        many = counts * _MANY > len(self.listings)
        sets = {
            place: ListingSet.of(owners[starts[place] : starts[place + 1]])
            for place in np.flatnonzero(many).tolist()
        }
        few = np.where(many, 0, counts)
        stays = np.repeat(~many, counts)
        return Values(
            sets, _Ordered(owners[stays], np.concatenate([[0], np.cumsum(few)])), self.listings
        )
