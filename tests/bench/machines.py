"""`python -m tests.bench.machines`: workers and web servers on machines of their own.

One PostgreSQL and one Valkey here; workers and web servers in network namespaces, each with an
address of its own. Prints how many listings a second one worker embeds and matches, and two; and
that what is written by one web server is read from the other. See `make bench-machines`.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import django
import psycopg2

from tests.bench.network import Machine, Network, machines, why_not
from transfer.embedded import processes
from transfer.embedded.postgres import Postgres
from transfer.embedded.servers import Servers

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 600.0  # seconds for any one step
PORT = 8000
WARMING = 4  # listings for each worker, which loads the model meanwhile
SECRET = "tr_machines"


@dataclass(frozen=True)
class Work:
    """What so many workers did of one kind."""

    kind: str
    workers: int
    listings: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Listings a second."""
        return self.listings / self.seconds


@dataclass(frozen=True)
class Site:
    """Where the servers are, and processes on machines."""

    network: Network
    folder: Path
    env: dict[str, str]

    @contextmanager
    def running(self, machine: Machine, *command: str) -> Iterator[Path]:
        """A Python process on a machine; gives its log."""
        log = self.folder / f"{machine.name}.log"
        whole = machine.command([sys.executable, *command])
        process = processes.spawn(whole, env=self.env, log=log, cwd=ROOT)
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                processes.end_group(process.pid)
                process.wait()

    @contextmanager
    def worker(self, machine: Machine) -> Iterator[None]:
        """A Celery worker that does one thing at a time."""
        command = ("-m", "celery", "--app", "transfer.celery", "worker", "--concurrency", "1")
        more = ("--without-gossip", "--without-mingle", "--hostname", f"one@{machine.address}")
        with self.running(machine, *command, *more, "--loglevel", "INFO") as log:
            _wait(lambda: b" ready." in log.read_bytes(), f"a worker: {log}")
            yield

    @contextmanager
    def web(self, machine: Machine) -> Iterator[str]:
        """A web server; gives its address."""
        bound = f"{machine.address}:{PORT}"
        command = ("-m", "gunicorn", "--workers", "1", "--bind", bound)
        with self.running(machine, *command) as log:
            _wait(lambda: _answers(f"http://{bound}/readyz"), f"a web server: {log}")
            yield f"http://{bound}"


def _answers(address: str) -> bool:
    try:
        return _ask("GET", address)[0] == 200
    except (OSError, HTTPException):
        return False


def _ask(method: str, address: str, body: object = None) -> tuple[int, str]:
    """The status and the text of an answer, as somebody with a token."""
    host, path = address.removeprefix("http://").split("/", 1)
    line = HTTPConnection(host, timeout=60)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
    try:
        line.request(method, f"/{path}", json.dumps(body) if body else None, headers)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def _wait(ready: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(0.05)


@contextmanager
def _servers(network: Network, folder: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey that answer the machines, too; gives their addresses on the bridge."""
    servers = Servers(folder / "servers", listen=f"127.0.0.1,{network.here}")
    servers.open()
    try:
        addresses = servers.start()
        postgres = next(one for one in servers.running if isinstance(one, Postgres))
        with (postgres.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network.subnet} scram-sha-256\n")
        connection = psycopg2.connect(addresses["DATABASE_URL"].replace("//transfer", "//postgres"))
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        yield {
            name: address.replace("127.0.0.1", network.here) for name, address in addresses.items()
        }
    finally:
        servers.stop()


def measure(site: Site, jobs: int) -> list[Work]:
    """The same listings embedded, then matched, by one worker and by two."""
    found = []
    for count in (1, 2):
        with _all(site.worker, site.network.machines[:count]):
            _embed(_chosen("achievement", WARMING * count))
            found.append(_timed("embedding", count, jobs, _embed, _chosen("achievement", jobs)))
            _match(_chosen("demand", WARMING * count))
            found.append(_timed("matching", count, jobs, _match, _chosen("demand", jobs)))
    return found


@contextmanager
def _all(start: Callable[[Machine], Any], on: Sequence[Machine]) -> Iterator[list[Any]]:
    if not on:
        yield []
        return
    with start(on[0]) as first, _all(start, on[1:]) as others:
        yield [first, *others]


def _timed(
    kind: str, workers: int, jobs: int, work: Callable[[list[int]], None], keys: list[int]
) -> Work:
    if len(keys) < jobs:
        raise ValueError(f"only {len(keys)} listings for {kind}: ask for more of them")
    begun = time.monotonic()
    work(keys)
    return Work(kind, workers, jobs, round(time.monotonic() - begun, 2))


def _chosen(kind: str, count: int) -> list[int]:
    from matching.seeding.load import load_listings

    rows = load_listings().filter(kind=kind).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:count])


def _embed(keys: list[int]) -> None:
    """Forget the embeddings of these, have them made, and wait for the last."""
    from matching.services.outstanding import unembedded

    _change(keys, embedded_source_at=None, content_hash="", matched=True)
    _done(keys, lambda: not unembedded().filter(pk__in=keys).exists())


def _match(keys: list[int]) -> None:
    """Forget that these are matched, have them matched, and wait for the last."""
    from matching.services.outstanding import unmatched

    _change(keys, matched=False)
    _done(keys, lambda: not unmatched().filter(pk__in=keys).exists())


def _change(keys: list[int], *, matched: bool, **values: Any) -> None:
    from django.db.models.functions import Now

    from matching.models import IndexEntry
    from matching.services.weights import active_weights
    from matching.vectors.similarity import collection_size

    values |= {
        "matched_source_at": Now() if matched else None,
        "matched_weights": active_weights(),
        "matched_documents": collection_size(),
    }
    IndexEntry.objects.filter(pk__in=keys).update(**values)


def _done(keys: list[int], ready: Callable[[], bool]) -> None:
    from matching.tasks import embed_and_match

    for key in keys:
        embed_and_match.delay(key)
    _wait(ready, f"{len(keys)} listings")


def read_elsewhere(site: Site) -> bool:
    """What is written at one address is read at the other at once, by both doors."""
    from tests.factories import ApiTokenFactory, MemberFactory

    ApiTokenFactory(user=MemberFactory().user, secret=SECRET)
    sent = {"title_en": "A pump for two machines"}
    with _all(site.web, site.network.machines[2:]) as (one, other):
        status, made = _ask("POST", f"{one}/api/v1/demands/", sent)
        if status != 201:
            raise ValueError(made)
        address = f"{other}/api/v1/demands/{json.loads(made)['id']}/"
        read = json.loads(_ask("GET", address)[1])
        pages = [_answers(f"{address}/search/?q=pump") for address in (one, other)]
        return bool(read["title_en"] == sent["title_en"] and all(pages))


def _table(found: list[Work], listings: int, *, both: bool) -> str:
    alone = {one.kind: one.per_second for one in found if one.workers == 1}
    lines = [f"{listings} listings; one PostgreSQL, one Valkey, machines of {os.cpu_count()} cores"]
    lines += [
        f"{one.kind:10} {one.workers} worker(s) {one.listings:6} listings {one.seconds:8.2f} s"
        f" {one.per_second:7.2f}/s {one.per_second / alone[one.kind]:5.2f} ×"
        for one in found
    ]
    return "\n".join([*lines, f"two web servers, each reads what the other wrote: {both}"])


def main() -> None:
    """Read the arguments, make the machines, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.machines", description=__doc__)
    parser.add_argument("listings", type=int, help="how many listings of load data")
    parser.add_argument("--jobs", type=int, default=100, help="how many of each kind")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    reason = why_not()
    if reason:
        print(f"Left out: {reason}.")
        return
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(1))  # leave no machine behind
    with tempfile.TemporaryDirectory() as name, machines(4) as network:
        folder = Path(name)
        folder.chmod(0o711)  # the servers of root run as nobody
        with _servers(network, folder) as addresses:
            hosts = ",".join(machine.address for machine in network.machines)
            own = {"DATA_DIR": str(folder / "data"), "ALLOWED_HOSTS": hosts, "OMP_NUM_THREADS": "1"}
            own["DJANGO_SETTINGS_MODULE"] = "transfer.settings.local"
            os.environ.update(addresses | own)
            django.setup()
            logging.disable(logging.WARNING)
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            call_command("seed_load", options.listings, verbosity=0)
            site = Site(network, folder, dict(os.environ))
            found, both = measure(site, options.jobs), read_elsewhere(site)
    if options.json:
        print(json.dumps({"work": [asdict(one) for one in found], "web": both}))
    else:
        print(_table(found, options.listings, both=both))


if __name__ == "__main__":
    main()
