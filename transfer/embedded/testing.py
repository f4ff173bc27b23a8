"""Servers for one test run: chosen when the settings are read, started by tests/conftest.py."""

import os
import secrets
import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

from transfer.embedded import state
from transfer.embedded.ports import free_port
from transfer.embedded.processes import started_at, stop

ROOT = Path(__file__).resolve().parents[2] / ".data" / "test"
OWNER = "TRANSFER_TEST_OWNER"  # the process that starts and stops the servers


def reserve() -> None:
    """Set `DATABASE_URL`, `REDIS_URL` and `DATA_DIR` for this run, unless they are given.

    Processes of pytest-xdist inherit the choice; each takes its own pair of Valkey databases.
    """
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        password = secrets.token_hex(16)
        pid = os.getpid()
        os.environ[OWNER] = str(pid)
        os.environ["DATA_DIR"] = str(ROOT / f"{pid}-{started_at(pid)}")
        os.environ["DATABASE_URL"] = (
            f"postgresql://transfer:{password}@127.0.0.1:{free_port()}/transfer"
        )
        os.environ["REDIS_URL"] = f"redis://:{password}@127.0.0.1:{free_port()}/0"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        base = os.environ["REDIS_URL"].rsplit("/", 1)[0]
        os.environ["REDIS_URL"] = f"{base}/{2 * int(worker[2:]) + 2}"


class TestServers:
    """The reserved servers, started and stopped by the process that reserved them."""

    __test__ = False  # not a test itself

    def __init__(self) -> None:
        from transfer.embedded.servers import Servers  # only here: reading settings stays quick

        self.data_dir = Path(os.environ["DATA_DIR"])
        self.servers = Servers(self.data_dir, durable=False)

    def start(self) -> None:
        """Clear what killed runs left, then start on the reserved ports."""
        ROOT.mkdir(parents=True, exist_ok=True)
        for old in ROOT.iterdir():
            pid, _, started = old.name.partition("-")
            if pid.isdecimal() and started_at(int(pid)) != started:
                _clear(old)
        database = urlsplit(os.environ["DATABASE_URL"])
        broker = urlsplit(os.environ["REDIS_URL"])
        assert database.port is not None  # noqa: S101 - reserve() set it
        assert broker.port is not None  # noqa: S101 - reserve() set it
        self.servers.open()
        self.servers.start(ports=(database.port, broker.port), password=database.password)

    def stop(self) -> None:
        """Stop and leave nothing behind."""
        self.servers.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Stop the servers of a run that was killed and remove its folder."""
    record = state.read(folder)
    for name in ("postgres", "valkey"):
        process = record.get(f"{name}_process")
        if isinstance(process, list):
            stop(*process, by=signal.SIGINT)
    shutil.rmtree(folder, ignore_errors=True)


def is_owner() -> bool:
    """Did this very process reserve the servers?"""
    return os.environ.get(OWNER) == str(os.getpid())
