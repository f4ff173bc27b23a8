"""Several questions to the database at once: a second thread, with its own connection, per process.

What a search asks the vector index and what it asks the words do not depend on each other, and
PostgreSQL works at them for most of a search's time. So two threads take one question after the
other. A process has one such thread however many requests it serves, hence one connection more;
while the thread is taken, has no connection, or who asks is in a transaction, that others cannot
look into, all is done by whoever asks.
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from threading import Lock
from typing import Any

from django.db import OperationalError, connections

from matching.sql.reading import reading

logger = logging.getLogger(__name__)

Work = Callable[[], Any]

_taken = Lock()


def gather(*works: Work) -> list[Any]:
    """The results of some work that only reads, in its order; raises the first error.

    Begins the first ones first. In a transaction one after the other, and also while another
    request has the thread. The context variables are those of whoever asks.
    """
    if len(works) < 2 or _in_transaction() or not _taken.acquire(blocking=False):
        return [work() for work in works]
    waiting = deque((work, Future[Any]()) for work in works)
    results = [result for _work, result in waiting]
    helping = _thread().submit(copy_context().run, _help, waiting)
    _do(waiting)
    if helping.cancel():  # all was done before it came to it
        _taken.release()
    else:
        helping.result()
    return [result.result() for result in results]


def close() -> None:
    """End the connection beside; for whoever takes a database away under a process."""
    _thread().submit(connections.close_all).result()


def _help(waiting: deque[tuple[Work, Future[Any]]]) -> None:
    try:
        for connection in connections.all(initialized_only=True):
            connection.close_if_unusable_or_obsolete()  # as Django does before a request
        reading().ensure_connection()
        _do(waiting)
    except OperationalError as error:  # none is left, or the server is gone: who asked will tell
        logger.warning("no second connection: %s", error)
    finally:
        _taken.release()


def _do(waiting: deque[tuple[Work, Future[Any]]]) -> None:
    """Work while something waits; two threads may take from it."""
    while True:
        try:
            work, result = waiting.popleft()
        except IndexError:
            return
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            result.set_exception(error)


def _in_transaction() -> bool:
    return any(one.in_atomic_block for one in connections.all(initialized_only=True))


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="beside")
