"""Which listings everyone may see, kept by a process as arrays.

Of 100,000 listings, asking the database for the numbers of all that may be seen takes longer than
all else of a search. So a process keeps them, and asks with every search only for what has changed
since it last read all of them. What is shown in the end is asked of the database once more, with
all the rules of who may see it: nothing kept here too long reaches a reader.
"""

from dataclasses import dataclass
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
from matching.columns import Numbers
from matching.statements import Statement, slot

PERIOD = 60.0  # seconds; then all is read again, whatever changed without saying so
OVERLAP = timedelta(minutes=2)  # a change may be stamped so long before others can read it

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # where PostgreSQL begins to count
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Seen:
    """Numbers ascending, when each was changed, and until when it is live, in microseconds."""

    listings: Numbers
    stamps: Numbers
    until: Numbers


class _Known:
    """What a process keeps, for all its threads."""

    lock: ClassVar[Lock] = Lock()
    seen: ClassVar[_Seen | None] = None
    read_at: ClassVar[float] = 0.0
    since: ClassVar[datetime] = _FIRST


def everyone_sees() -> tuple[Numbers, Numbers]:
    """The numbers of the listings that are public and live, ascending, and when each was changed.

    One short statement for what has changed lately; one for all of them once a minute. A listing
    that was deleted, not withdrawn, may be among them for as long.
    """
    with _Known.lock:
        seen = _up_to_date()
    live = seen.until > (timezone.now() - _FIRST) // timedelta(microseconds=1)
    return seen.listings[live], seen.stamps[live]


def forget() -> None:
    """Read all again at the next question; for whoever changes databases under a process."""
    with _Known.lock:
        _Known.seen = None


def _up_to_date() -> _Seen:
    if _Known.seen is None or monotonic() > _Known.read_at + PERIOD:
        now = timezone.now()
        seen = _read(_public())
        _Known.seen, _Known.read_at, _Known.since = seen, monotonic(), now - OVERLAP
        return seen
    _Known.seen = _with(_Known.seen, _read(_changed(), since=_Known.since))
    return _Known.seen


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


def _read(statement: Statement, **values: datetime) -> _Seen:
    listings, stamps, until = statement.columns(["i8", "i8", "i8"], **values)
    order = np.argsort(listings)
    return _Seen(listings[order], stamps[order], until[order])


def _with(seen: _Seen, changed: _Seen) -> _Seen:
    """What was seen, with the changed ones in place of what they were, or gone."""
    if not len(changed.listings):
        return seen
    stays = ~np.isin(seen.listings, changed.listings, assume_unique=True)
    there = changed.until > 0
    added = changed.listings[there]
    at = np.searchsorted(seen.listings[stays], added)
    return _Seen(
        np.insert(seen.listings[stays], at, added),
        np.insert(seen.stamps[stays], at, changed.stamps[there]),
        np.insert(seen.until[stays], at, changed.until[there]),
    )
