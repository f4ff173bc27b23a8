"""How often things are killed, people who work meanwhile, and servers that may be killed."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.models import Member
from tests.factories import ApiTokenFactory, MemberFactory
from tests.faults.calling import Caller
from tests.site import Site
from transfer.embedded import processes
from transfer.embedded.postgres import BINARIES, Postgres
from transfer.embedded.servers import Servers

# What `make faults` takes, beside what a run of all tests takes.
FULL = {
    "FAULT_DATABASE_KILLS": 10,
    "FAULT_WEB_KILLS": 20,
    "FAULT_WEB_STOPS": 10,
}


def count(name: str, lean: int) -> int:
    """How many: `lean` ones, all with FAULTS=full, or as many as the variable says."""
    full = FULL[name] if os.environ.get("FAULTS") == "full" else lean
    return int(os.environ.get(name, full))


def kill(server: Postgres) -> None:
    """End a server and all its processes at once, as a lost machine would."""
    assert server.process is not None
    processes.end_group(server.process.pid)
    server.process.wait()


@pytest.fixture
def member(transactional_db: None) -> Member:
    """An owner whose organisation publishes without review."""
    return MemberFactory(organisation__may_publish_directly=True)


@pytest.fixture
def caller(member: Member, site: Site) -> Caller:
    """The owner at the site's address, with a token; nobody is slowed down."""
    site.env |= {"API_RATE_USER": "1000000/min", "API_RATE_ANONYMOUS": "1000000/min"}
    ApiTokenFactory(user=member.user, secret="tr_faults")
    return Caller(site.port, "tr_faults")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    """Servers of this test alone, none started yet; what they promise to keep lies on the disk."""
    servers = Servers(tmp_path / "servers")
    servers.open()
    yield servers
    servers.stop()


@pytest.fixture
def own_database(site: Site, servers: Servers) -> Callable[[], Postgres]:
    """Called when the data is made: moves the site to a copy of it on a server of its own."""

    def move() -> Postgres:
        source = site.env["DATABASE_URL"]
        target = servers.start(valkey=False)["DATABASE_URL"]
        dump = [BINARIES / "pg_dump", "--no-owner", "--no-comments", f"--dbname={source}"]
        made = subprocess.run(dump, check=True, capture_output=True)
        load = [BINARIES / "psql", "--quiet", "--no-psqlrc", f"--dbname={target}"]
        subprocess.run(load, input=made.stdout, check=True, capture_output=True)
        site.env["DATABASE_URL"] = target
        server = servers.running[-1]
        assert isinstance(server, Postgres)
        return server

    return move
