"""Hurrying the workers along: messages that may get lost without harm."""

import logging
from collections.abc import Iterable

from django.db import transaction

from matching.tasks import embed_and_match, work_outstanding

logger = logging.getLogger(__name__)

MOST_MESSAGES = 20  # for more listings at once, workers look for themselves
HELPERS = 2  # workers asked to help with a backlog
HELP_SECONDS = 20  # of work at once, before whatever else waits for a worker has its turn


def hurry_listings(listing_ids: Iterable[int]) -> None:
    """Ask the workers, after the commit, to embed and match these listings.

    A broker that is away costs at most one socket timeout and never an error: what is outstanding
    is a row, and the sweep finds it.
    """
    ids = sorted(set(listing_ids))
    if ids:
        transaction.on_commit(lambda: _publish(ids), robust=True)


def call_helpers(number: int = HELPERS) -> None:
    """Ask so many workers to work on a backlog for ``HELP_SECONDS``.

    Who asks again and again while all are busy keeps nothing waiting: a message that no worker has
    taken by the time its work would be over is dropped.
    """
    try:
        for _number in range(number):
            work_outstanding.apply_async((HELP_SECONDS,), expires=HELP_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep goes on
        logger.warning("no helpers called: %s", type(error).__name__)


def _publish(ids: list[int]) -> None:
    try:
        if len(ids) > MOST_MESSAGES:
            call_helpers(1)
        else:
            for pk in ids:
                embed_and_match.delay(pk)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep matches
        logger.warning("matching not hurried: %s", type(error).__name__)
