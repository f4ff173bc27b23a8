"""Which listings everyone may see, kept by a process as a set of bits.

Of 100,000 listings, asking the database for the numbers of all that may be seen takes longer than
all else of a search. So a process keeps them, and asks with every search only for what has changed
since it last read all of them; the facets are told of what changed. What is shown in the end is
asked of the database once more, with all the rules of who may see it: nothing kept here too long
reaches a reader.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from time import monotonic
from typing import ClassVar

import numpy as np
from django.db.models import Case, DateTimeField, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from achievements.models import Listing
from matching.facets.listing_set import ListingSet
from matching.facets.table import note
from matching.sql.columns import Numbers
from matching.sql.statements import Statement, slot

PERIOD = 60.0  # seconds; then all is read again, whatever changed without saying so
SIZED_FOR = 100_000  # listings; of more, all are read less often by as much
OVERLAP = timedelta(minutes=2)  # a change may be stamped so long before others can read it

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # where PostgreSQL begins to count
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Rows:
    """Numbers ascending, when each was changed, and until when it is live, in microseconds."""

    listings: Numbers
    stamps: Numbers
    until: Numbers


@dataclass(frozen=True)
class _Seen:
    """What is shown, whatever its end; the ends to come before all is read again; and from when on
    changes are asked for."""

    listings: ListingSet
    ends: _Rows
    read_at: float
    since: datetime

    @property
    def period(self) -> float:
        """For how many seconds it holds."""
        return PERIOD * max(len(self.listings) / SIZED_FOR, 1.0)


class _Known:
    """What a process keeps, for all its threads."""

    lock: ClassVar[Lock] = Lock()
    seen: ClassVar[_Seen | None] = None


def everyone_sees() -> ListingSet:
    """The listings that are public and live.

    One short statement for what has changed lately; one for all of them once a minute, of more than
    100,000 less often. A listing that was deleted, not withdrawn, may be among them for as long.
    """
    with _Known.lock:
        seen = _up_to_date()
    ended = seen.ends.until <= _microseconds(timezone.now())
    if not ended.any():
        return seen.listings
    return seen.listings - ListingSet.of(seen.ends.listings[ended])


def forget() -> None:
    """Read all again at the next question; for whoever changes databases under a process."""
    with _Known.lock:
        _Known.seen = None


def _up_to_date() -> _Seen:
    seen = _Known.seen
    if seen is None or monotonic() > seen.read_at + seen.period:
        since, read_at = timezone.now() - OVERLAP, monotonic()
        rows = _read(_public())
        note(rows.listings, rows.stamps)
        seen = _Seen(ListingSet.of(rows.listings), rows, read_at, since)
        _Known.seen = replace(seen, ends=_ending_by(rows, seen.period))
        return _Known.seen
    since = timezone.now() - OVERLAP
    changed = _read(_changed(), since=seen.since)
    if len(changed.listings):
        note(changed.listings, changed.stamps)
        seen = _with(seen, changed)
    _Known.seen = replace(seen, since=since)
    return _Known.seen


def _microseconds(moment: datetime) -> int:
    return (moment - _FIRST) // timedelta(microseconds=1)


def _ending_by(rows: _Rows, period: float) -> _Rows:
    """Those whose end may come before all are read again, with as much to spare."""
    far = _microseconds(timezone.now() + timedelta(seconds=2 * period))
    soon = (rows.until > 0) & (rows.until < far)
    return _Rows(rows.listings[soon], rows.stamps[soon], rows.until[soon])


@cache
def _public() -> Statement:
    public = Listing.objects.filter(state="published", visibility="public")
    return Statement(public.order_by().values_list("pk", "updated_at", _end()))


@cache
def _changed() -> Statement:
    shown = When(state="published", visibility="public", then=_end())
    until = Case(shown, default=Value(_FIRST), output_field=DateTimeField())
    changed = Listing.objects.filter(updated_at__gte=slot("since", "timestamptz"))
    return Statement(changed.order_by().values_list("pk", "updated_at", until))


def _end() -> Coalesce:
    return Coalesce(F("expires_at"), Value(_NEVER), output_field=DateTimeField())


def _read(statement: Statement, **values: datetime) -> _Rows:
    return _Rows(*statement.columns(["i8", "i8", "i8"], **values))


def _with(seen: _Seen, changed: _Rows) -> _Seen:
    """What was seen, with the changed ones in place of what they were, or gone."""
    there = changed.until > 0
    listings = seen.listings - ListingSet.of(changed.listings)
    stays = ~np.isin(seen.ends.listings, changed.listings, assume_unique=True)
    soon = _ending_by(changed, seen.period)
    return replace(
        seen,
        listings=listings | ListingSet.of(changed.listings[there]),
        ends=_Rows(
            *(
                np.concatenate([getattr(seen.ends, name)[stays], getattr(soon, name)])
                for name in ("listings", "stamps", "until")
            )
        ),
    )
