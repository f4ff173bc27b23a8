"""Hurrying the workers along: messages that may get lost without harm."""

import logging
from collections.abc import Iterable

from django.db import transaction

from matching.tasks import embed_and_match, work_outstanding

logger = logging.getLogger(__name__)

MOST_MESSAGES = 20  # for more listings at once, workers look for themselves
HELPERS = 2  # workers asked to help with a backlog


def hurry_listings(listing_ids: Iterable[int]) -> None:
    """Ask the workers, after the commit, to embed and match these listings.

    A broker that is away costs at most one socket timeout and never an error: what is outstanding
    is a row, and the sweep finds it.
    """
    ids = sorted(set(listing_ids))
    if ids:
        transaction.on_commit(lambda: _publish(ids), robust=True)


def call_helpers(seconds: int = 60) -> None:
    """Ask as many workers as a backlog needs to work on it."""
    try:
        for _number in range(HELPERS):
            work_outstanding.delay(seconds)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep goes on
        logger.warning("no helpers called: %s", type(error).__name__)


def _publish(ids: list[int]) -> None:
    try:
        if len(ids) > MOST_MESSAGES:
            work_outstanding.delay()
        else:
            for pk in ids:
                embed_and_match.delay(pk)
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep matches
        logger.warning("matching not hurried: %s", type(error).__name__)
