"""Clients that ask for one address as fast as they are answered, or for many when each is due.

They are processes of their own, so nothing of the site is loaded here.
"""

import http.client
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from urllib.parse import urlsplit

from tests.bench.timing import Times

SECRET = "tr_bench"  # the token of whoever writes
PATIENCE = 60  # seconds after the end that a client may still wait for its last answer
_THREADS = 24


@dataclass(frozen=True)
class Answers:
    """What the clients got: answers a second, how long each took, how many of each status."""

    per_second: float
    took: Times
    statuses: dict[int, int]


def ask_at_once(
    address: str, *, clients: int, seconds: float, headers: Mapping[str, str] | None = None
) -> Answers:
    """Let so many processes ask for an ``http://`` address over one connection each."""
    context = get_context("spawn")
    with context.Pool(clients) as pool:
        asked = (address, dict(headers or {}), seconds)
        results = pool.starmap_async(_ask, [asked] * clients).get(seconds + PATIENCE)
    durations = [one for took, _statuses, _span in results for one in took]
    statuses: Counter[int] = Counter()
    for _took, own, _span in results:
        statuses.update(own)
    span = max(span for _took, _statuses, span in results)
    return Answers(round(len(durations) / span, 1), Times.of(durations), dict(statuses))


def _ask(
    address: str, headers: dict[str, str], seconds: float
) -> tuple[list[float], Counter[int], float]:
    """One client: its durations in seconds, the statuses, and how long it asked."""
    parts = urlsplit(address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", "Accept-Encoding: gzip"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    request = "\r\n".join([*lines, "", ""]).encode()
    took: list[float] = []
    statuses: Counter[int] = Counter()
    with socket.create_connection((parts.hostname, parts.port), timeout=PATIENCE) as line:
        begun = perf_counter()
        while (now := perf_counter()) < begun + seconds:
            line.sendall(request)
            statuses[_read(line)] += 1
            took.append(perf_counter() - now)
        return took, statuses, perf_counter() - begun


def _read(line: socket.socket) -> int:
    """Read one answer, whose length is named; its status."""
    text = b""
    while b"\r\n\r\n" not in text:
        text += _some(line)
    head, _, body = text.partition(b"\r\n\r\n")
    length = 0
    for row in head.lower().split(b"\r\n"):
        name, _, value = row.partition(b":")
        if name == b"content-length":
            length = int(value)
    left = length - len(body)
    while left > 0:
        left -= len(_some(line))
    return int(head[9:12])


def _some(line: socket.socket) -> bytes:
    found = line.recv(1 << 18)
    if not found:
        raise ConnectionError("the server has closed the connection")
    return found


@dataclass(frozen=True)
class Request:
    """One request: what sort it is, when it is due (seconds from the start), and what is sent."""

    sort: str
    due: float
    method: str
    path: str
    body: str = ""


def ask_when_due(
    port: int, requests: Sequence[Request], first: float
) -> list[tuple[str, float, str]]:
    """Ask each when it is due, ``first`` being now, with ``SECRET`` where something is written; the
    sort of each, the seconds since it was due, and its status or what broke.

    One that no thread came to ask for ``PATIENCE`` seconds is not asked any more: the visitor has
    gone. So this ends also where the site cannot keep up.
    """
    begun = time.monotonic() - first

    def ask(one: Request) -> tuple[str, float, str]:
        time.sleep(max(0.0, begun + one.due - time.monotonic()))
        late = time.monotonic() - begun - one.due
        if late > PATIENCE:
            return one.sort, late, "gone before it was asked"
        try:
            status = str(_status(port, one))
        except (OSError, http.client.HTTPException) as error:
            status = type(error).__name__
        return one.sort, time.monotonic() - begun - one.due, status

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(ask, requests))


def _status(port: int, one: Request) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Accept-Encoding": "gzip"}
    if one.body:
        headers |= {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    try:
        line.request(one.method, one.path, one.body or None, headers)
        answer = line.getresponse()
        answer.read()
    finally:
        line.close()
    return answer.status
