"""How often things are killed, people who work meanwhile, and servers that may be killed."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from accounts.models import Member
from tests.factories import ApiTokenFactory, MemberFactory
from tests.faults.calling import Caller
from tests.faults.jobs import Jobs
from tests.mail_server import Server
from tests.site import Site
from transfer.embedded import processes
from transfer.embedded.ports import free_port
from transfer.embedded.postgres import BINARIES, Postgres
from transfer.embedded.servers import Servers
from transfer.embedded.valkey import Valkey

# What `make faults` takes, beside what a run of all tests takes.
FULL = {
    "FAULT_DATABASE_KILLS": 10,
    "FAULT_WEB_KILLS": 20,
    "FAULT_WEB_STOPS": 10,
    "FAULT_WORKER_KILLS": 50,
    "FAULT_WORKER_JOBS": 500,
    "FAULT_BROKER_ROUNDS": 10,
    "FAULT_DELIVERIES": 100,
    "FAULT_DISK_ATTEMPTS": 4,
    "FAULT_MOMENTS": 3,
    "FAULT_BROKER_WORKERS": 1,
    "FAULT_BROKER_HANGS_SECONDS": 60,
    "FAULT_REPLICA_ROUNDS": 5,
}


def count(name: str, lean: int) -> int:
    """How many: `lean` ones, all with FAULTS=full, or as many as the variable says."""
    full = FULL[name] if os.environ.get("FAULTS") == "full" else lean
    return int(os.environ.get(name, full))


def kill(server: Postgres | Valkey) -> None:
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
def letters(site: Site, settings: Any) -> Iterator[Server]:
    """The mail server of the site's processes, and of this one."""
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    site.env["EMAIL_URL"] = f"smtp://127.0.0.1:{controller.port}"
    site.env["DJANGO_SETTINGS_MODULE"] = "tests.transfer.smtp_settings"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    yield server
    controller.stop()


@pytest.fixture
def jobs(site: Site, member: Member, letters: Server, settings: Any) -> Jobs:
    """Work for the site's processes; its files lie where they look for them."""
    settings.MEDIA_ROOT = site.folder / "media"
    return Jobs(member, letters)


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


@pytest.fixture
def own_broker(site: Site, servers: Servers) -> Valkey:
    """The site's messages and cache on a server of its own."""
    site.env["REDIS_URL"] = servers.start(postgres=False)["REDIS_URL"]
    server = servers.running[-1]
    assert isinstance(server, Valkey)
    return server
