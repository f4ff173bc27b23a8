"""Texts to compare with, found by fingerprint, in memory that is a few hundred bytes for each."""

from array import array
from collections.abc import Iterator

from achievements.fingerprints import Fingerprint

MOST_TEXTS = 50_000  # compared in full; more are found by exact titles only
MOST_ALIKE = 60  # looked at for one text
_NONE = -1


class _Chains:
    """Numbers with what they were put in for, in that order; plain arrays, no object for each."""

    def __init__(self, typecode: str, bits: int) -> None:
        self._mask = (1 << bits) - 1
        self._first = array("i", [_NONE]) * (1 << bits)
        self._last = array("i", self._first)
        self._keys, self._owners, self._next = array(typecode), array("i"), array("i")

    def add(self, key: int, owner: int) -> None:
        """Put one in behind the others."""
        place, slot = len(self._keys), key & self._mask
        self._keys.append(key)
        self._owners.append(owner)
        self._next.append(_NONE)
        if self._first[slot] == _NONE:
            self._first[slot] = place
        else:
            self._next[self._last[slot]] = place
        self._last[slot] = place

    def find(self, key: int) -> Iterator[int]:
        """What this number was put in for, the earliest first."""
        place = self._first[key & self._mask]
        while place != _NONE:
            if self._keys[place] == key:
                yield self._owners[place]
            place = self._next[place]


class KnownTexts:
    """Texts by number, from 0, each with its fingerprint but for the bands, which only find it."""

    def __init__(self) -> None:
        self._titles, self._bands = _Chains("q", 17), _Chains("i", 20)
        self._minima: list[bytes] = []
        self._title_of, self._named = array("q"), bytearray()

    def __len__(self) -> int:
        return len(self._minima)

    def __getitem__(self, number: int) -> Fingerprint:
        """What was made of a text, without its bands."""
        title = self._title_of[number] if self._named[number] else None
        return Fingerprint(self._minima[number], [], title)

    def add(self, print_: Fingerprint) -> None:
        """Make a text findable: the first ``MOST_TEXTS`` by all that is like them."""
        number = len(self)
        self._minima.append(print_.minima)
        self._title_of.append(print_.title or 0)
        self._named.append(print_.title is not None)
        if print_.title is not None:
            self._titles.add(print_.title, number)
        if number < MOST_TEXTS:
            for band in print_.bands:
                self._bands.add(band, number)

    def near(self, print_: Fingerprint) -> Iterator[int]:
        """Numbers of texts with the title or a band of this one, each once, ``MOST_ALIKE`` at
        most."""
        seen: set[int] = set()
        chains = [] if print_.title is None else [self._titles.find(print_.title)]
        chains += [self._bands.find(band) for band in print_.bands]
        for number in (number for chain in chains for number in chain):
            if len(seen) >= MOST_ALIKE:
                return
            if number not in seen:
                seen.add(number)
                yield number
