"""A replica that says nothing any more, and the threads that wait for it.

A server that is gone closes its connections. One that hangs does not, and whoever has asked it
something would wait for ever. So a thread of each process asks it once a second whether it is
there; when no answer comes in time it ends the connections of all threads, which is an error to
them like any other lost connection: they ask the primary instead.
"""

import os
import select
import socket
import time
from contextlib import suppress
from threading import RLock, Thread
from typing import Any, ClassVar
from weakref import WeakSet

import psycopg2
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from psycopg2.extensions import POLL_OK, POLL_READ

from accounts import replica

ASKED_EVERY = 1.0  # seconds
PATIENCE = 2.0  # seconds until an answer


class _Watch:
    """Of one process; a thread does not outlive a fork."""

    lock: ClassVar[RLock] = RLock()
    process: ClassVar[int] = 0
    lines: ClassVar[WeakSet[BaseDatabaseWrapper]] = WeakSet()


def watch() -> None:
    """Begin to watch in this process, unless it does already."""
    if _Watch.process == os.getpid():
        return
    with _Watch.lock:
        if _Watch.process != os.getpid():
            _Watch.process = os.getpid()
            connection_created.connect(_note_line, dispatch_uid="replica_watch")
            _note_line(connection=connections[replica.ALIAS])
            Thread(target=_go_on, name="replica watch", daemon=True).start()


def _note_line(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if connection.alias == replica.ALIAS:
        with _Watch.lock:
            _Watch.lines.add(connection)


def _go_on() -> None:
    line = None
    while True:
        time.sleep(ASKED_EVERY)
        try:
            line = line or _line()
            with line.cursor() as cursor:
                cursor.execute("SELECT 1")
                _wait(line)
        except TimeoutError:
            replica.give_up("it hangs")
            _end_lines()
            line = None
        except (psycopg2.Error, OSError, KeyError, ValueError):
            line = None  # it is gone: whoever asks it is told so


def _line() -> Any:
    """A connection that waits for nothing by itself."""
    settings = connections.settings[replica.ALIAS]
    names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    given = {ours: settings[name] for name, ours in names.items() if settings[name]}
    options = {**settings["OPTIONS"], **given, "dbname": settings["NAME"]}
    line = psycopg2.connect(**options, async_=True)
    _wait(line)
    return line


def _wait(line: Any) -> None:
    until = time.monotonic() + PATIENCE
    while (state := line.poll()) != POLL_OK:
        ways = ([line], []) if state == POLL_READ else ([], [line])
        if not any(select.select(*ways, [], max(until - time.monotonic(), 0.0))):
            raise TimeoutError


def _end_lines() -> None:
    """As the network would, under the feet of the threads that wait there."""
    with _Watch.lock:
        lines = list(_Watch.lines)
    for one in lines:
        # One that has just been closed has no number any more.
        with (
            suppress(psycopg2.Error, OSError, AttributeError),
            socket.socket(fileno=os.dup(one.connection.fileno())) as door,
        ):
            door.shutdown(socket.SHUT_RDWR)
