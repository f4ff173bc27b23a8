"""Asking what is outstanding while nothing is: of a large collection not of all, each time.

To find that no entry is older than its listing, PostgreSQL compares all of them; of a million that
takes a second for each kind of work. So once nothing was found, for a minute only listings changed
since are looked at, by an index. What becomes outstanding otherwise waits that minute, unless a
message names it.
"""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from math import inf
from time import monotonic
from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from matching.vectors.nearest import is_small

SECONDS = 60.0  # until all are looked at again
OVERLAP = timedelta(minutes=15)  # a listing may be stamped so long before it is committed

_NEVER = -inf, datetime.min.replace(tzinfo=UTC)

Found = TypeVar("Found", bound="list[Any]")


class _Idle:
    """By kind of work: until when nothing of all is taken to be outstanding, but what changed since
    a moment."""

    until: ClassVar[dict[Hashable, tuple[float, datetime]]] = {}


def look_for(
    work: Hashable,
    rows: QuerySet,
    find: Callable[[QuerySet], Found],
    changed: str = "listing__updated_at",
) -> Found:
    """What ``find`` finds among outstanding rows, as a list.

    ``work`` names the kind of work with all that makes rows outstanding besides a change of their
    listing; ``changed`` leads to the moment of that change. Kept by the process.
    """
    if is_small():
        return find(rows)
    until, since = _Idle.until.get(work, _NEVER)
    if monotonic() < until:
        return find(rows.filter(**{f"{changed}__gte": since}))
    since = timezone.now() - OVERLAP
    found = find(rows)
    if not found:
        _Idle.until[work] = monotonic() + SECONDS, since
    return found


def is_due(work: Hashable, ask: Callable[[], bool]) -> bool:
    """What ``ask`` says of work on the collection as a whole; of a large one it is not asked again
    for a minute after it said no."""
    if is_small():
        return ask()
    if monotonic() < _Idle.until.get(work, _NEVER)[0]:
        return False
    due = ask()
    if not due:
        _Idle.until[work] = monotonic() + SECONDS, timezone.now()
    return due


def forget() -> None:
    """Look at all again; for tests, and for who wants to know at once."""
    _Idle.until.clear()
