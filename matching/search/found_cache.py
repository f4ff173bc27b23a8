"""What a text finds, kept for a minute for whoever turns pages, clicks filters or asks the same.

Looking for it takes most of a search in a large collection, and it depends on no filter and on
nobody's rights. So it is kept, and asked with every question is only what changed since.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import numpy as np
from django.core.cache import cache as store
from django.utils import timezone
from numpy.typing import NDArray

from matching.facets.listing_set import ListingSet
from matching.models import IndexEntry
from matching.sql.columns import Numbers
from matching.sql.statements import Statement, slot
from matching.vectors.nearness import Found
from matching.vectors.similarity import statistics_key

PERIOD = 60  # seconds; so long what was indexed or embedded late may be missed
OVERLAP = timedelta(seconds=30)  # a change may be stamped so long before it is indexed
MANY = 500  # changed ones; with more, looking for all is no dearer


@dataclass(frozen=True)
class TextFound:
    """What belongs to the results of a text, and how near in meaning those are of which it is
    known."""

    listings: ListingSet
    known: Found

    def with_changed(self, changed: Numbers, seen: Found) -> "TextFound":
        """The same, but of those that changed only what is seen of them now."""
        stays = ~np.isin(self.known.listings, changed)
        known = Found(
            np.concatenate([self.known.listings[stays], seen.listings]),
            np.concatenate([self.known.nearness[stays], seen.nearness]),
        )
        unchanged = self.listings - ListingSet.of(changed)
        return TextFound(unchanged | ListingSet.of(seen.listings), known)

    def plain(self) -> tuple[NDArray[Any], ...]:
        """Its arrays, as short as they can be: as bits or as numbers what belongs to the results.

        No objects of ours: a later version must read them, too.
        """
        bits, numbers = self.listings.bits, self.listings.numbers().astype(np.int32)
        shorter = numbers if numbers.nbytes < bits.nbytes else bits
        return shorter, self.known.listings.astype(np.int32), self.known.nearness

    @classmethod
    def from_plain(cls, arrays: Sequence[NDArray[Any]]) -> "TextFound":
        """The same again."""
        shorter, known, nearness = arrays
        listings = ListingSet(shorter) if shorter.dtype == np.uint64 else ListingSet.of(shorter)
        return cls(listings, Found(known.astype(np.int64), nearness))


def found_again(
    text: str, look: Callable[[], TextFound], see: Callable[[Numbers], Found]
) -> TextFound:
    """What ``look`` gives for a text, or what it gave less than ``PERIOD`` seconds ago.

    Then one short statement says which listings changed since; what belongs of these ``see`` must
    tell. Kept in the cache for all processes, by the text as typed and the present statistics.
    """
    key = f"found:{sha256(repr((text, statistics_key())).encode()).hexdigest()}"
    kept = store.get(key)
    if kept is not None:
        since, *arrays = kept
        (changed,) = _changed().columns(["i8"], since=since)
        if len(changed) <= MANY:
            found = TextFound.from_plain(arrays)
            return found.with_changed(changed, see(changed)) if len(changed) else found
    since = timezone.now() - OVERLAP
    found = look()
    store.set(key, (since, *found.plain()), PERIOD)
    return found


@cache
def _changed() -> Statement:
    rows = IndexEntry.objects.filter(listing__updated_at__gte=slot("since", "timestamptz"))
    return Statement(rows.order_by().values_list("pk")[: MANY + 1])
