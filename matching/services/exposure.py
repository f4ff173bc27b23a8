"""Counting what is shown, cheaply, and giving what is seldom seen a fair chance.

A page adds its listings to counters in Valkey, by one command, and a kept page together with
others of the same second; the sweep writes them down. Only numbers of listings and matches are
kept, never who read. While Valkey is away nothing is counted.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from threading import Lock, Timer
from typing import ClassVar

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from redis import Redis
from redis.commands.core import Script
from redis.exceptions import RedisError

from accounts.models import User
from matching.models import Exposure, Match

logger = logging.getLogger(__name__)

LISTS, SEARCHES, MATCHES, CHANCES = "lists", "searches", "matches", "chances"
OPENINGS = "openings"
PLACES = (LISTS, SEARCHES, MATCHES, CHANCES, OPENINGS)
_COLUMNS = (LISTS, SEARCHES, MATCHES, OPENINGS)
SELDOM = 20  # a listing shown less often is seldom seen
LOOKED_AT = 40  # matches after the best ones, among which one gets the chance
_LOCK = 7405
_TIMEOUT = 0.2
SOON = 1.0  # seconds

_WRITE = {
    **{
        place: f"""
        INSERT INTO matching_exposure AS kept (listing_id, {", ".join(_COLUMNS)})
        SELECT id, {", ".join("shown" if name == place else "0" for name in _COLUMNS)}
        FROM unnest(%s::bigint[], %s::bigint[]) AS counted (id, shown)
        JOIN achievements_listing USING (id) ORDER BY id
        ON CONFLICT (listing_id) DO UPDATE SET {place} = kept.{place} + EXCLUDED.{place}
        """  # noqa: S608 - only constants of this module are put into the text
        for place in _COLUMNS
    },
    CHANCES: """
        INSERT INTO matching_chance AS kept (match_id, shown)
        SELECT id, shown FROM unnest(%s::bigint[], %s::bigint[]) AS counted (id, shown)
        JOIN matching_match USING (id) ORDER BY id
        ON CONFLICT (match_id) DO UPDATE SET shown = kept.shown + EXCLUDED.shown
    """,
}


@cache
def _server() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
    )


@cache
def _counting() -> Script:
    """One command for all that a page shows."""
    return _server().register_script(
        "for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end"
    )


class _Waiting:
    """What kept pages showed and Valkey has not been told yet, of all threads of a process."""

    lock: ClassVar[Lock] = Lock()
    shown: ClassVar[dict[str, Counter[int]]] = {}


def _key(place: str) -> str:
    return f"exposure:{connection.settings_dict['NAME']}:{place}"


def note_shown(ids: Iterable[int], *, place: str, reader: object) -> None:
    """Count that these were shown once: listings, or matches for ``chances``.

    What administrators look at is not counted. One round trip; never an error.
    """
    shown = Counter(ids)
    if shown and not (isinstance(reader, User) and reader.is_administrator):
        _add(_key(place), shown)


def note_page(request: HttpRequest, ids: Iterable[int], *, place: str) -> None:
    """Count that a page showed these; of a page that is kept, each time it is given out.

    Such a request has no user: it is a visitor's. A process gives out some thousand a second, and
    tells Valkey of them once a second; one that is killed loses what it has not told.
    """
    if hasattr(request, "user"):
        note_shown(ids, place=place, reader=request.user)
        return
    with _Waiting.lock:
        if not _Waiting.shown:
            timer = Timer(SOON, send_waiting)
            timer.daemon = True
            timer.start()
        _Waiting.shown.setdefault(_key(place), Counter()).update(ids)


def send_waiting() -> None:
    """Tell Valkey now what was to be counted soon; a web process does before it ends."""
    with _Waiting.lock:
        shown, _Waiting.shown = _Waiting.shown, {}
    for key, counts in shown.items():
        _add(key, counts)


def _add(key: str, shown: Mapping[int, int]) -> None:
    pairs = [part for pair in shown.items() for part in pair]
    try:
        _counting()(keys=[key], args=pairs)
    except (RedisError, OSError) as error:
        logger.warning("impressions not counted: %s", type(error).__name__)


def flush_exposures() -> int:
    """Write down what was counted; returns how many listings and matches it was about.

    One process at a time; another one leaves. What was taken out of the counters is kept beside
    them until it is written, so a killed process loses nothing.
    """
    try:
        return sum(_flush(place) for place in PLACES)
    except (RedisError, OSError) as error:
        logger.warning("impressions not written down: %s", type(error).__name__)
        return 0


def _flush(place: str) -> int:
    server, taken = _server(), f"{_key(place)}:taken"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, PLACES.index(place)])
        if not cursor.fetchone()[0]:
            return 0
        if not server.exists(taken):
            if not server.exists(_key(place)):
                return 0
            server.rename(_key(place), taken)
        counts = {int(pk): int(count) for pk, count in server.hgetall(taken).items()}
        cursor.execute(_WRITE[place], [list(counts), list(counts.values())])
    server.delete(taken)
    return len(counts)


def with_fair_chance(best: Sequence[Match], others: Sequence[Match], *, side: str) -> list[Match]:
    """The best matches, the last of them replaced by one of a listing that is seldom seen.

    ``others``: those after the best, best first, all of them good enough to be matches; ``side``:
    whose list it is, so that the listing of the other side gets the chance. It goes to the one
    shown least so far, and is marked ``by_chance``. Nothing changes where the setting
    FAIR_EXPOSURE is off or nothing after the best is seldom seen. One statement.
    """
    if not settings.FAIR_EXPOSURE or not others or len(best) < 2:
        return list(best)

    def other(match: Match) -> int:
        return match.candidate_id if side == "demand" else match.demand_id

    rows = Exposure.objects.filter(pk__in=[other(match) for match in others])
    shown = {row.pk: row.total for row in rows}
    chosen = min(others, key=lambda match: (shown.get(other(match), 0), -match.score, match.pk))
    if shown.get(other(chosen), 0) >= SELDOM:
        return list(best)
    chosen.by_chance = True  # type: ignore[attr-defined]
    return [*best[:-1], chosen]
