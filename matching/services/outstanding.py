"""What search and matching still owe, and doing it. Several processes may do it at once.

Each kind of work is a query: a listing without a fresh entry, an entry without fresh embeddings,
an entry not matched since it changed. So it does not matter which messages got lost.
"""

import logging
from collections.abc import Callable, Hashable, Iterable
from datetime import timedelta
from functools import partial
from math import inf
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from accounts.models import Delivery, Notification, OrganisationDocument
from achievements.models import Attachment, Listing
from matching.embedding import EmbeddingError, embedder_name
from matching.models import IndexEntry
from matching.querysets import IndexEntryQuerySet
from matching.services.embeddings import embed_entries, unembedded_entries
from matching.services.hurry import MOST_MESSAGES
from matching.services.idle import is_due, look_for
from matching.services.indexing import refresh_entries, unindexed_listings
from matching.services.matching import ADVISORY_MATCH, match_listing
from matching.services.statistics import refresh_statistics, statistics_due
from matching.services.weights import active_weights
from matching.vectors.nearest import is_small
from matching.vectors.similarity import collection_size

logger = logging.getLogger(__name__)

DEADLOCK = "40P01"
ADVISORY_INDEX = 7406
ENOUGH = 50  # embedded listings from which their figures are of use
_RECENT = timedelta(minutes=1)  # ago that a listing was changed which does not wait for a backlog

_TOGETHER = 8  # entries that are embedded in one transaction
_AHEAD = 200  # that are looked for at once

Progress = Callable[[int], Any]


def unembedded() -> IndexEntryQuerySet:
    """Entries whose embeddings are outstanding."""
    return IndexEntry.objects.live().unembedded(embedder_name())


def unmatched() -> IndexEntryQuerySet:
    """Entries whose matches are outstanding."""
    return IndexEntry.objects.unmatched(active_weights().pk, collection_size())


def embed_and_match_now(listing_id: int) -> int:
    """Embed and match one listing as far as it is outstanding; returns the matches that stand."""
    refresh_entries(unindexed_listings(50, only=listing_id))
    try:
        embed_entries([listing_id])
    except EmbeddingError as error:
        logger.warning("listing %s not embedded: %s", listing_id, error)
        return 0
    if not unmatched().filter(pk=listing_id).exists():
        return 0
    return match_listing(listing_id)


@transaction.atomic
def index_outstanding(limit: int = 500) -> int:
    """Write entries that are missing or stale, the longest waiting first; returns how many.

    One process at a time: a second one would write the same, and has embeddings to make meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_INDEX])
        if not cursor.fetchone()[0]:
            return 0
    return refresh_entries(unindexed_listings(limit))


def attend_to_changes(until: float = inf) -> int:
    """Embed and match what was changed within the last minute; returns how many listings.

    Looks at the clock of ``monotonic`` after each, and ends once it shows ``until``.

    Asked between two pieces of a backlog, so that whoever changes a listing has its matches in
    seconds though new weights or a large file keep every worker busy for hours. Of more than
    ``MOST_MESSAGES`` none is preferred: those are a backlog themselves.
    """
    since = timezone.now() - _RECENT
    entries = IndexEntry.objects.changed_since(since).order_by("pk")
    keys = list(entries.values_list("pk", flat=True)[: MOST_MESSAGES + 1])
    if len(keys) > MOST_MESSAGES or not collection_size():
        return 0
    done = 0
    try:
        for pk in keys:
            refresh_entries(unindexed_listings(1, only=pk))
            embed_entries([pk])
            done += _match_if_free(pk)
            if monotonic() >= until:
                break
    except EmbeddingError as error:
        logger.warning("embedding of changes waits: %s", error)
    return done


def match_outstanding(limit: int = 100, *, until: float = inf) -> int:
    """Match up to ``limit`` outstanding listings that no other process is at; returns how many.

    Looks at the clock of ``monotonic`` after each, and ends once it shows ``until``.

    Those that changed come before those that only the weights or the size of the collection make
    due, and kind by kind, since listings of a kind are compared with the same others, which are
    kept meanwhile. What is changed while this runs comes in between. Nothing before there are
    statistics: another process is making them, and whatever was matched without would be matched
    again.
    """
    if not collection_size():
        return 0
    done = 0
    for pk in look_for(_unmatched_key(), unmatched(), partial(_most_urgent, limit * 4)):
        try:
            done += attend_to_changes(until)
            done += _match_if_free(pk)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != DEADLOCK:
                raise
            logger.warning("listing %s: two runs met and one gave way", pk)
        if done >= limit or monotonic() >= until:
            break
    return done


def _unmatched_key() -> Hashable:
    return "unmatched", active_weights().pk, collection_size()


def _most_urgent(limit: int, rows: IndexEntryQuerySet) -> list[int]:
    return list(rows.by_urgency().values_list("pk", flat=True)[:limit])


def backlog(most: int) -> int:
    """How many entries are to be embedded or matched, counted no further than ``most`` of each."""

    def some(rows: QuerySet) -> list[int]:
        return list(rows.order_by().values_list("pk", flat=True)[:most])

    embedding = look_for(("unembedded", embedder_name()), unembedded(), some)
    return len(embedding) + len(look_for(_unmatched_key(), unmatched(), some))


@transaction.atomic
def _match_if_free(pk: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [ADVISORY_MATCH, pk & 0x7FFFFFFF]
        )
        if not cursor.fetchone()[0]:
            return False
    # Another process may have matched it between the look and the lock.
    if not unmatched().filter(pk=pk).exists():
        return False
    match_listing(pk)
    return True


def work_for(seconds: float, progress: Progress | None = None) -> int:
    """Index, embed, measure and match for about so long, or until nothing is outstanding.

    Everything is embedded before anything is matched, so that a match is found on the first run
    and not only when the other side changes. Of a catalogue that is still small, what was embedded
    earlier is measured first: a search asks for meaning as soon as some of it are there.
    ``progress`` is called with how much was done. Returns how much was done. Embeddings that cannot
    be had stay outstanding.
    """
    until = monotonic() + seconds
    total = 0
    embedding, matching = partial(_embed_some, until), partial(match_outstanding, until=until)
    steps = (index_outstanding, _measure_early, embedding, _measure, matching)
    for step in steps:
        while monotonic() < until:
            done = step()
            if not done:
                break
            total += done
            if progress is not None:
                progress(done)
    return total


def _embed_some(until: float) -> int:
    """Embed a few at a time, with changes in between; of a large collection those that wait are
    not looked for each time."""
    done = 0
    attend_to_changes(until)
    try:
        waiting = unembedded_entries(_AHEAD)
        for start in range(0, len(waiting), _TOGETHER):
            done += embed_entries(waiting[start : start + _TOGETHER])
            if monotonic() >= until or (done and is_small()):
                break
            attend_to_changes(until)
    except EmbeddingError as error:
        logger.warning("embedding waits: %s", error)
    return done


def _measure_early() -> int:
    if not is_small():  # known well enough until all is embedded, and dear to be counted
        return 0
    some = IndexEntry.objects.live().filter(embedded_source_at__isnull=False)
    return _measure() if some.order_by()[:ENOUGH].count() == ENOUGH else 0


def _measure() -> int:
    if is_due("statistics", statistics_due):
        refresh_statistics()
    return 0


def report() -> dict[str, Any]:
    """How much is outstanding, and since when the oldest of each kind waits (None: nothing is).

    What waits for its reader's next digest is not outstanding.
    """
    missing = Listing.objects.filter(index_entry__isnull=True)
    waiting: dict[str, list[tuple[QuerySet, str]]] = {
        "stale": [(missing, "updated_at"), (IndexEntry.objects.stale(), "listing__updated_at")],
        "unembedded": [(unembedded(), "listing__updated_at")],
        "unmatched": [(unmatched(), "embedded_source_at")],
        "unchecked": [
            (Attachment.objects.awaiting_check(), "uploaded_at"),
            (OrganisationDocument.objects.awaiting_check(), "at"),
        ],
        "undelivered": [
            (Notification.objects.due_for_delivery(), "created_at"),
            (Delivery.objects.undelivered(), "created_at"),
        ],
    }
    return {name: _line(parts) for name, parts in waiting.items()}


def _line(parts: Iterable[tuple[QuerySet, str]]) -> dict[str, Any]:
    """How many rows there are of all parts, and the age of the oldest by each part's moment."""
    found = [rows.aggregate(count=Count("pk"), oldest=Min(moment)) for rows, moment in parts]
    count = sum(one["count"] for one in found)
    known = [one["oldest"] for one in found if one["oldest"] is not None]
    age = round((timezone.now() - min(known)).total_seconds()) if known else None
    return {"count": count, "oldest_seconds": age}
