"""Which listings have which values: to be counted, asked and changed at any size.

A value that many listings have is a set of bits; of all others there are pairs of a listing and a
value. Listings that changed have their values apart until there are many of them, so that a change
costs nothing to speak of among a million.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching.listing_set import NOTHING, ListingSet

Numbered = NDArray[np.int32]

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
        return self._where(~self._of(listings))

    def count(self, listings: ListingSet, most: int) -> NDArray[np.int64]:
        """How many of the listings have each value."""
        return np.bincount(self.places[self._of(listings)], minlength=most)

    def having(self, asked: NDArray[np.bool_]) -> ListingSet:
        """The listings that have a value asked for."""
        return ListingSet.of(self.owners[asked[self.places]])

    def _where(self, there: NDArray[np.bool_]) -> "_Pairs":
        return _Pairs(self.owners[there], self.places[there])

    def _of(self, listings: ListingSet) -> NDArray[np.bool_]:
        widest = int(self.owners.max()) + 1 if len(self.owners) else 0
        return listings.places(widest)[self.owners]


@dataclass(frozen=True)
class Values:
    """The values of listings, each by its place; never changed, only replaced.

    ``sets`` and ``pairs`` are of all listings but those ``apart``, whose pairs are ``changed``.
    """

    sets: Mapping[int, ListingSet] = field(default_factory=dict)
    pairs: _Pairs = field(default_factory=_Pairs)
    listings: ListingSet = NOTHING
    apart: ListingSet = NOTHING
    changed: _Pairs = field(default_factory=_Pairs)

    def count(self, listings: ListingSet, most: int) -> NDArray[np.int64]:
        """How many of the listings have each value, for so many places."""
        together, apart = listings - self.apart, listings & self.apart
        found = self.pairs.count(together, most) + self.changed.count(apart, most)
        for place, own in self.sets.items():
            found[place] += len(own & together)
        return found

    def having(self, asked: NDArray[np.bool_]) -> ListingSet:
        """The listings that have one of the values asked for, given as a truth for each place."""
        found = self.pairs.having(asked)
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
        pairs = self.pairs.without(self.apart) + self.changed
        for place, own in self.sets.items():
            owners = (own - self.apart).numbers().astype(np.int32)
            pairs += _Pairs(owners, np.full(len(owners), place, np.int32))
        counts = np.bincount(pairs.places)
        many = counts * _MANY > len(self.listings)
        sets = {
            int(place): ListingSet.of(pairs.owners[pairs.places == place])
            for place in np.flatnonzero(many)
        }
        return Values(sets, pairs._where(~many[pairs.places]), self.listings)
