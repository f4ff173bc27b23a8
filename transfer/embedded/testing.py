"""Servers for one test run: chosen when the settings are read, started by tests/conftest.py."""

import os
import secrets
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / ".data" / "test"
OWNER = "TRANSFER_TEST_OWNER"  # the process that starts and stops the servers


def free_port() -> int:
    """A TCP port of this machine that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reserve() -> None:
    """Set `DATABASE_URL`, `REDIS_URL` and `DATA_DIR` for this run, unless they are given.

    Processes of pytest-xdist inherit the choice; each takes its own pair of Valkey databases.
    """
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        password = secrets.token_hex(16)
        os.environ[OWNER] = str(os.getpid())
        os.environ["DATA_DIR"] = str(ROOT / f"{os.getpid()}")
        os.environ["DATABASE_URL"] = (
            f"postgresql://transfer:{password}@127.0.0.1:{free_port()}/transfer"
        )
        os.environ["REDIS_URL"] = f"redis://:{password}@127.0.0.1:{free_port()}/0"
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        base = os.environ["REDIS_URL"].rsplit("/", 1)[0]
        os.environ["REDIS_URL"] = f"{base}/{2 * int(worker[2:]) + 2}"
