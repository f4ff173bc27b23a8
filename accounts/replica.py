"""The read replica: whether it answers, how far it is behind, and who may not read from it yet.

Places in PostgreSQL's log are compared, not clocks: a replica that has replayed the log up to where
it ended when somebody's change was written has the change. The site asks both servers at most once
a second, in each process, and remembers where the log ended when.
"""

import logging
from collections import deque
from dataclasses import dataclass
from math import inf
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

from django.conf import settings
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, Error, connections

logger = logging.getLogger(__name__)

ALIAS = "replica"
ASKED_EVERY = 1.0  # seconds
QUIET = 5.0  # seconds in which a replica that did not answer is not asked again
REMEMBERED = 120  # seconds that somebody's change is remembered; no replica in use is so far behind
_MOST_ENDS = 60
_UNKNOWN = 2**62  # a place in the log that no replica reaches

_END = "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"
_WRITTEN = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"
_REPLAYED = """
SELECT pg_is_in_recovery(), pg_last_wal_replay_lsn() - '0/0'::pg_lsn,
    extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
"""


@dataclass(frozen=True)
class Standing:
    """What was last found of the replica.

    ``answers``: whether it does, and is one; ``place``: how much of the log it has replayed, in
    bytes; ``behind``: seconds, infinite where that is not known yet.
    """

    answers: bool = False
    place: int = 0
    behind: float = inf
    asked_at: float = -inf

    @property
    def is_current(self) -> bool:
        """Whether it may be read from."""
        return self.answers and self.behind <= settings.DATABASE_REPLICA_LAG_SECONDS

    @property
    def word(self) -> str:
        """``ok``, ``late`` or ``unavailable``."""
        return "ok" if self.is_current else "late" if self.answers else "unavailable"


class _Known:
    """What a process knows, for all its threads; ``ends``: when the log ended where."""

    lock: ClassVar[Lock] = Lock()
    standing: ClassVar[Standing] = Standing()
    ends: ClassVar[deque[tuple[float, int]]] = deque(maxlen=_MOST_ENDS)


def is_set() -> bool:
    """Whether this site has a replica."""
    return ALIAS in settings.DATABASES


def standing() -> Standing:
    """What is known of the replica, asked anew where it is older than a second.

    One thread asks, by one statement to each server, while the others go on with what was known.
    """
    known = _Known.standing
    pause = ASKED_EVERY if known.answers else QUIET
    if monotonic() < known.asked_at + pause or not _Known.lock.acquire(blocking=False):
        return known
    try:
        _Known.standing = found = _ask()
    finally:
        _Known.lock.release()
    if found.is_current != known.is_current:
        logger.warning("searches read from the %s", ALIAS if found.is_current else "primary")
    return found


def note_failure() -> None:
    """After an error on the replica: ask it nothing for some seconds, unless it still answers."""
    try:
        if connections[ALIAS].is_usable():
            return
        connections[ALIAS].close()
    except Error as error:
        logger.debug("closed with %s", type(error).__name__)
    give_up("a connection was lost")


def give_up(reason: str) -> None:
    """Ask it nothing for some seconds, whatever it was found to be."""
    logger.warning("replica: %s", reason)
    _Known.standing = Standing(asked_at=monotonic())


def forget() -> None:
    """Know nothing; for whoever changes servers under a process."""
    _Known.standing = Standing()
    _Known.ends.clear()


def note_write(user_pk: int) -> None:
    """Remember how far the replica must be before it may serve this user again.

    One short statement, after the change is committed. Where it fails, the user reads from the
    primary until the change is no longer remembered; the change itself is never in question.
    """
    try:
        place = int(_one_row(DEFAULT_DB_ALIAS, _WRITTEN)[0])
    except Error as error:
        logger.warning("place of a change not known: %s", type(error).__name__)
        place = _UNKNOWN
    cache.set(_key(user_pk), place, REMEMBERED)


def serves(user_pk: int | None) -> bool:
    """Whether the replica may be read from for this user, or for a visitor (None).

    It has all that the user wrote through any door. While the cache is away nobody knows what
    somebody wrote, so only visitors are served.
    """
    found = standing()
    if not found.is_current or user_pk is None:
        return found.is_current
    place = cache.get(_key(user_pk))
    is_away: Any = getattr(cache, "is_away", None)
    if is_away is not None and is_away():
        return False
    return place is None or place <= found.place


def _key(user_pk: int) -> str:
    return f"written:{user_pk}"


def _ask() -> Standing:
    now = monotonic()
    try:
        # Before the replica is asked: whatever it then has of the log was there by now.
        _Known.ends.append((now, int(_one_row(DEFAULT_DB_ALIAS, _END)[0])))
    except Error as error:
        # What it has is then all there is; nobody can say how much it lacks.
        logger.warning("primary: %s", type(error).__name__)
    try:
        replays, place, seconds = _one_row(ALIAS, _REPLAYED)
    except Error as error:
        logger.warning("replica: %s", type(error).__name__)
        connections[ALIAS].close()
        return Standing(asked_at=now)
    if not replays:
        logger.error("DATABASE_REPLICA_URL names a server that replays nobody's log")
        return Standing(asked_at=now)
    had = max((then for then, end in _Known.ends if end <= place), default=-inf)
    behind = min(now - had, inf if seconds is None else max(float(seconds), 0.0))
    return Standing(True, int(place), behind, now)


def _one_row(alias: str, statement: str) -> tuple[Any, ...]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
