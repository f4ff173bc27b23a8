"""Valkey killed, emptied, hung and out of memory: requests go on, and all work is done after."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db.models import F
from redis import Redis

from matching.models import IndexEntry
from tests.faults.calling import Caller, wait_until
from tests.faults.conftest import count, kill
from tests.site import Site
from transfer.embedded.valkey import Valkey

FEWEST = 2  # listings published in each fault
TEXT = {
    "summary_en": "A membrane that takes lithium out of brine in one step.",
    "problem_en": "Evaporation takes months and loses half of the lithium.",
    "solution_en": "A supported ionic liquid lets lithium through and keeps magnesium back.",
    "trl": 5,
}


@dataclass
class Publishers:
    """Somebody who publishes one achievement after the other, and reads the list."""

    caller: Caller
    listings: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, body: object = None) -> int:
        """One request; anything but success is noted. Returns the number of what was made."""
        reply = self.caller.ask(method, f"/api/v1/achievements/{path}", body)
        self.seconds.append(reply.seconds)
        if reply.status not in (200, 201):
            self.wrong.append(f"{method} {path}: {reply.status} {reply.text[:300]}")
        return reply.json().get("id", 0)

    def work(self, seconds: float) -> None:
        """Publish for so long, a few listings at least. Both steps announce work."""
        self.seconds.clear()
        until, goal = time.monotonic() + seconds, len(self.listings) + FEWEST
        while time.monotonic() < until or len(self.listings) < goal:
            title = f"Membrane number {len(self.listings)}"
            self.listings.append(self.ask("POST", "", {**TEXT, "title_en": title}))
            self.ask("POST", f"{self.listings[-1]}/submit/")
            self.ask("GET", "")
            time.sleep(0.1)

    def slowest(self) -> float:
        """The seconds that 99 of 100 requests of the last fault took at most."""
        return sorted(self.seconds)[len(self.seconds) * 99 // 100]

    def all_matched(self) -> bool:
        """Has everything been done that publishing has announced?"""
        done = IndexEntry.objects.filter(matched_source_at__gte=F("listing__updated_at"))
        return done.filter(pk__in=self.listings).count() == len(self.listings)


@dataclass
class Fault:
    """Something that happens to the broker, how long it lasts, and how it ends."""

    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: float = 0


def faults_of(server: Valkey) -> list[Fault]:
    """Everything that is done to it, in this order."""

    def ask(*command: str) -> None:
        with Redis.from_url(server.url) as client:
            client.execute_command(*command)

    def send(number: signal.Signals) -> None:
        assert server.process is not None
        server.process.send_signal(number)

    killed = Fault("killed", lambda: kill(server), server.start)
    emptied = Fault("emptied", lambda: ask("FLUSHALL"), lambda: ask("FLUSHALL"))
    full = Fault(
        "out of memory",
        lambda: ask("CONFIG", "SET", "maxmemory", "1"),
        lambda: ask("CONFIG", "SET", "maxmemory", "0"),
    )
    hung = Fault(
        "hung",
        lambda: send(signal.SIGSTOP),
        lambda: send(signal.SIGCONT),
        seconds=count("FAULT_BROKER_HANGS_SECONDS", 2),
    )
    return [killed, emptied, full] * count("FAULT_BROKER_ROUNDS", 1) + [hung]


@pytest.mark.usefixtures("transactional_db")
def test_broker_lost_fails_no_request_and_all_work_is_done_afterwards(
    site: Site, caller: Caller, own_broker: Valkey
):
    site.start_web()
    site.start_sweep()
    if count("FAULT_BROKER_WORKERS", 0):
        site.start_worker()
    people = Publishers(caller)
    people.work(0)
    print(f"healthy: {len(people.seconds)} requests, p99 {people.slowest():.2f} s")

    for fault in faults_of(own_broker):
        fault.begin()
        people.work(fault.seconds)
        fault.end()
        after = wait_until(people.all_matched, 60, f"everything matched after {fault.name}")
        requests, slowest = len(people.seconds), people.slowest()
        print(
            f"{fault.name}: {requests} requests, p99 {slowest:.2f} s, effects after {after:.1f} s"
        )

    assert people.wrong == []
    assert IndexEntry.objects.filter(pk__in=people.listings).count() == len(people.listings)
