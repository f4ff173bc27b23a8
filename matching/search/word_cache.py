"""Which entries hold a word that very many hold, kept by a process.

The index knows the thirty thousand holders of a common word in four milliseconds, but has to look
at the row of each to be sure: twenty more. So a process keeps them, and asks with every
question only for listings that have changed since.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from time import monotonic
from typing import ClassVar

from django.db.models import Case, FloatField, Q, Value, When
from django.db.models.functions import Cast
from django.utils import timezone

from matching.facets.listing_set import ListingSet
from matching.models import IndexEntry
from matching.search.lexemes import contains
from matching.sql.statements import Statement, slot
from matching.vectors.similarity import collection_size

PERIOD = 60.0  # seconds; then all are read again, for what was indexed long after it was changed
SIZED_FOR = 100_000  # entries; of more, all are read less often by as much
MANY = 2_000  # changed ones; with more, reading all is no dearer
OVERLAP = timedelta(seconds=30)  # a change may be stamped so long before it is indexed
MOST = 2**25  # bytes in all: 32 MB


@dataclass(frozen=True)
class _Holders:
    listings: ListingSet
    read_at: float
    since: datetime


class _Known:
    """What a process keeps, for all its threads; the longest unused go first."""

    lock: ClassVar[Lock] = Lock()
    words: ClassVar[OrderedDict[str, _Holders]] = OrderedDict()


def holders(words: str) -> ListingSet:
    """All listings, live or not, whose entry contains a word, given as a ``tsquery``.

    One statement: for all of them once a minute, of more than 100,000 entries less often, else for
    what has changed since; one more where that is much.
    """
    with _Known.lock:
        known = _Known.words.get(words)
        if known is not None:
            _Known.words.move_to_end(words)
    period = PERIOD * max(collection_size() / SIZED_FOR, 1.0)
    if known is None or monotonic() > known.read_at + period:
        return _read(words).listings
    changed, has = _changed().columns(["i8", "f8"], words=words, since=known.since)
    if len(changed) > MANY and monotonic() > known.read_at + PERIOD:
        return _read(words).listings
    return (known.listings - ListingSet.of(changed)) | ListingSet.of(changed[has > 0])


def forget() -> None:
    """Read all again at the next question; for whoever changes databases under a process."""
    with _Known.lock:
        _Known.words.clear()


def _read(words: str) -> _Holders:
    read_at, since = monotonic(), timezone.now() - OVERLAP
    (listings,) = _holding().columns(["i8"], words=words)
    found = _Holders(ListingSet.of(listings), read_at, since)
    with _Known.lock:
        _Known.words[words] = found
        _Known.words.move_to_end(words)
        while sum(one.listings.bits.nbytes for one in _Known.words.values()) > MOST:
            _Known.words.popitem(last=False)
    return found


@cache
def _holding() -> Statement:
    rows = IndexEntry.objects.filter(contains(slot("words", "tsquery")))
    return Statement(rows.order_by().values_list("pk"))


@cache
def _changed() -> Statement:
    has = When(Q(contains(slot("words", "tsquery"))), then=Value(1.0))
    rows = IndexEntry.objects.filter(listing__updated_at__gte=slot("since", "timestamptz"))
    value = Case(has, default=Value(0.0))
    return Statement(rows.order_by().values_list("pk", Cast(value, FloatField())))
