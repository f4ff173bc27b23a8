"""A read replica that stops replaying, hangs or is killed, and comes back, while people work.

A quick one of each is in tests/transfer/test_replica.py.
"""

import http.client
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from tests.factories import AchievementFactory, ApiTokenFactory, MemberFactory
from tests.faults.calling import Caller, wait_until
from tests.faults.conftest import count, kill
from tests.replica import Replica
from tests.site import Site

WRITERS, VISITORS = 2, 2
PAGES = ("/", "/search/?q=pump", "/search/?kind=achievement", "/api/v1/achievements/")
REPLAYED = "SELECT sum(tup_returned)::bigint FROM pg_stat_database WHERE datname = '{}'"


class Crowd:
    """Writers who read back what they wrote, and visitors; ``wrong`` is what nobody may meet."""

    def __init__(self, callers: list[Caller], port: int) -> None:
        self.port, self.wrong, self.done = port, list[str](), Counter[str]()
        self._lock, self._end = Lock(), Event()
        works: list[Callable[[], None]] = [lambda one=one: self._write(one) for one in callers]
        works += [self._visit] * VISITORS
        self._threads = [Thread(target=self._go_on, args=(work,)) for work in works]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _go_on(self, work: Callable[[], None]) -> None:
        while not self._end.is_set():
            try:
                work()
            except (OSError, http.client.HTTPException) as error:
                self._note("broken", repr(error))

    def _note(self, name: str, trouble: str = "") -> None:
        with self._lock:
            self.done[name] += 1
            if trouble:
                self.wrong.append(f"{name}: {trouble}")

    def _write(self, caller: Caller) -> None:
        made = caller.ask("POST", "/api/v1/demands/", {"title_en": "A first title"})
        if made.status != 201:
            return self._note("made", made.text[:300])
        address = f"/api/v1/demands/{made.json()['id']}/"
        for title in ("A first title", "A second title", "A third title"):
            if title != "A first title":
                changed = caller.ask("PATCH", address, {"title_en": title})
                if changed.status != 200:
                    self._note("changed", changed.text[:300])
            read = caller.ask("GET", address)
            own = read.status == 200 and read.json()["title_en"] == title
            self._note("read back", "" if own else f"{read.status}, not {title}: {read.text[:200]}")
        return None

    def _visit(self) -> None:
        for page in PAGES:
            line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                line.request("GET", page)
                answer = line.getresponse()
                text = answer.read()
            finally:
                line.close()
            self._note("visited", "" if answer.status == 200 else f"{page} {text[:300]!r}")


def reads(replica: Replica, asked: str, rows: int) -> bool:
    """Has it given out more rows than so many?"""
    return bool(replica.ask(asked) > rows)


def test_replica_paused_and_killed_writers_read_their_changes_and_nobody_sees_an_error(
    site: Site, caller: Caller, tmp_path: Path
):
    rounds = count("FAULT_REPLICA_ROUNDS", 0)
    if not rounds:
        pytest.skip("takes minutes: make faults")
    others = [MemberFactory().user for _writer in range(WRITERS - 1)]
    for number, user in enumerate(others):
        ApiTokenFactory(user=user, secret=f"tr_writer_{number}")
    callers = [caller, *(Caller(site.port, f"tr_writer_{n}") for n in range(len(others)))]
    AchievementFactory(title_en="A silent pump")
    tmp_path.chmod(0o711)
    replica = Replica(site.env["DATABASE_URL"], tmp_path / "replica")
    site.env |= {"DATABASE_REPLICA_URL": replica.url, "DATABASE_REPLICA_LAG_SECONDS": "3"}
    asked = REPLAYED.format(replica.url.rpartition("/")[2])
    try:
        site.start_web(workers=2)
        with Crowd(callers, site.port) as crowd:
            for _round in range(rounds):
                begun = replica.ask(asked)
                wait_until(partial(reads, replica, asked, begun + 1000), 60, "it is read from")
                for pause in (1, 6):  # less than it may be behind, and more
                    replica.pause()
                    time.sleep(pause)
                    replica.resume()
                    time.sleep(2)
                with replica.hanging():
                    time.sleep(6)
                time.sleep(6)
                kill(replica.server)
                time.sleep(3)
                replica.server.start()
                time.sleep(6)
    finally:
        site.stop()
        replica.stop()

    print(f"{rounds} rounds: {dict(crowd.done)}, {len(crowd.wrong)} wrong")
    assert crowd.wrong == []
