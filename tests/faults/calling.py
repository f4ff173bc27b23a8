"""A client of the API that sees every broken connection, and many of them at once."""

import http.client
import json
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Thread
from typing import Any

from django.db import connection

# What a client sees of a server that is gone, or goes while it answers.
BROKEN = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Reply:
    """What came back, and after how many seconds."""

    status: int
    headers: dict[str, str]
    text: str
    seconds: float

    def json(self) -> Any:
        """The body of an answer of the API."""
        return json.loads(self.text)


@dataclass(frozen=True)
class Caller:
    """Somebody with a token; each request has a connection of its own."""

    port: int
    secret: str

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        timeout: float = 30,
    ) -> Reply:
        """One request. Raises one of BROKEN when no whole answer comes."""
        headers = {"Authorization": f"Bearer {self.secret}", "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        return Reply(response.status, dict(response.headers), text, time.monotonic() - begun)


def at_once(calls: Iterable[Callable[[], Reply]]) -> list[Reply]:
    """Make all calls at the same time, each in a thread of its own."""
    waiting = list(calls)
    with ThreadPoolExecutor(len(waiting)) as pool:
        return [future.result() for future in [pool.submit(call) for call in waiting]]


def twice_at_once(work: Callable[[], object], threads: int = 2) -> None:
    """In two threads, as two sweeps do, or in more; raises what one of them raised."""
    errors: list[BaseException] = []

    def one() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)
        finally:
            connection.close()

    started = [Thread(target=one) for _number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if errors:
        raise errors[0]


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until it holds; returns after how many seconds, or fails."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return time.monotonic() - begun
