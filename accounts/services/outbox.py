"""Hurrying the outbox along: a message to the workers that may get lost without harm."""

import logging

from django.db import transaction

from accounts.tasks import deliver

logger = logging.getLogger(__name__)


def _publish() -> None:
    try:
        deliver.delay()
    except Exception as error:  # noqa: BLE001 - whatever the broker's trouble, the sweep delivers
        logger.warning("delivery not hurried: %s", type(error).__name__)


def hurry_delivery() -> None:
    """Ask the workers, once per transaction and after its commit, to deliver what is due.

    A broker that is away costs at most its socket timeout and never an error: what is due is a
    row, and the periodic sweep finds it.
    """
    waiting = transaction.get_connection().run_on_commit
    if not any(entry[1] is _publish for entry in waiting):
        transaction.on_commit(_publish, robust=True)
