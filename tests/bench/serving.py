"""Pages and API as a web server gives them out, beside a bare view of the same rows."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from achievements.models import Listing
from tests.bench.clients import Answers, ask_at_once
from transfer.embedded import processes
from transfer.embedded.ports import free_port

CLIENTS = 4
_READY = 120.0  # seconds
_WARMING = 1.0

_LISTS = {
    "list page of 20 rows": "/search/?kind=achievement",
    "API list of 20 rows": "/api/v1/achievements/",
    "first page": "/",
}


@dataclass(frozen=True)
class Serving:
    """What one address gave. ``ratio``: its answers a second over those of the bare view."""

    name: str
    answers: Answers
    ratio: float


def measure_serving(seconds: float) -> list[Serving]:
    """Ask a bare server and ours, each for so long, from ``CLIENTS`` clients.

    ``made anew`` is the same list with nothing kept for visitors, ``unchanged`` a client that has
    the page already and is told so.
    """
    with _server({}, "tests.bench.bare:application") as site:
        bare = _asked("a bare view of the rows", site, seconds)
    found = [bare]
    with _server({}) as site:
        addresses = _LISTS | _detail()
        found += [_asked(name, site + path, seconds) for name, path in addresses.items()]
        for name in ("list page of 20 rows", "API list of 20 rows"):
            address = site + _LISTS[name]
            has = {"If-None-Match": _etag(address)}
            found.append(_asked(f"{name}, unchanged", address, seconds, has))
    with _server({"VISITOR_PAGES_SECONDS": "0"}) as site:
        for name in ("list page of 20 rows", "API list of 20 rows"):
            found.append(_asked(f"{name}, made anew", site + _LISTS[name], seconds))
    usual = bare[1].per_second
    return [Serving(name, one, round(one.per_second / usual, 2)) for name, one in found]


def _detail() -> dict[str, str]:
    newest = Listing.objects.published().filter(kind="achievement", visibility="public")
    row = newest.order_by("-published_at", "-pk").first()
    return {} if row is None else {"page of an achievement": row.get_absolute_url()}


def _asked(
    name: str, address: str, seconds: float, headers: Mapping[str, str] | None = None
) -> tuple[str, Answers]:
    ask_at_once(address, clients=CLIENTS, seconds=_WARMING, headers=headers)
    return name, ask_at_once(address, clients=CLIENTS, seconds=seconds, headers=headers)


def _etag(address: str) -> str:
    return str(_get(address).headers["ETag"])


def _get(address: str) -> HTTPResponse:
    parts = urlsplit(address)
    line = HTTPConnection(str(parts.hostname), parts.port, timeout=_READY)
    path = f"{parts.path or '/'}?{parts.query}"
    line.request("GET", path.rstrip("?"), headers={"Accept-Encoding": "gzip"})
    answer = line.getresponse()
    answer.read()
    return answer


@contextmanager
def _server(changes: Mapping[str, str], application: str = "", settings: str = "") -> Iterator[str]:
    """A web server on this database with two processes; gives its address."""
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    env = {**os.environ, "SITE_URL": site, "WEB_CONCURRENCY": "2", **changes}
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    with TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, *([application] if application else [])], env=env, stdout=log, stderr=log
        )
        try:
            if not _is_ready(process, site):
                log.seek(0)
                raise RuntimeError(f"the web server did not start:\n{log.read().decode()[-4000:]}")
            yield site
        finally:
            processes.stop(process.pid, processes.started_at(process.pid), patience=15)
            process.wait()


def _is_ready(process: subprocess.Popen[bytes], site: str) -> bool:
    deadline = time.monotonic() + _READY
    while process.poll() is None and time.monotonic() < deadline:
        try:
            _get(site)
        except OSError:
            time.sleep(0.2)
        else:
            return True
    return False
