"""`make demo`: servers, database, sample data, web, worker and sweep with one command."""

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from transfer.embedded.ports import refusal
from transfer.embedded.processes import started_at
from transfer.embedded.servers import Servers
from transfer.embedded.supervisor import Stopped, Supervisor
from transfer.embedded.trouble import Trouble, explained

ROOT = Path(__file__).resolve().parents[2]
PREPARED = "prepared.json"
DATA_ROOTS = ("accounts", "achievements", "matching", "deals", "transfer", "locale", "static")


def environment(
    data_dir: Path, addresses: dict[str, str], port: int | None = None
) -> dict[str, str]:
    """The environment of every process of a data folder."""
    kept = json.loads((data_dir / "secrets.json").read_text("utf-8"))
    env = {**os.environ, **addresses, "DATA_DIR": str(data_dir)}
    env.setdefault("SECRET_KEY", kept["secret_key"])
    env.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
    if port is not None:
        env["SITE_URL"] = f"http://127.0.0.1:{port}"
    # Several processes with a thread per core each slow one another down.
    env.setdefault("OMP_NUM_THREADS", "1")
    env["PYTHONUNBUFFERED"] = "1"
    env["PYTHONUTF8"] = "1"
    return env


def start_servers(servers: Servers) -> dict[str, str]:
    """Start the servers whose address the environment does not give."""
    return servers.start(
        postgres=not os.environ.get("DATABASE_URL"), valkey=not os.environ.get("REDIS_URL")
    )


def demo(data_dir: Path, port: int) -> None:
    """Run the demo until somebody stops it. Raises Trouble with a line for the terminal."""
    begun = time.monotonic()
    servers = Servers(data_dir)
    servers.open()
    supervisor = Supervisor(servers, env={}, cwd=ROOT)
    supervisor.listen()
    supervisor.stop_leftovers(servers.record.get("children"))
    if refused := refusal(port):
        raise Trouble(refused)
    site = f"http://127.0.0.1:{port}/"
    servers.note(site=site, pid=os.getpid(), pid_started=started_at(os.getpid()))
    try:
        supervisor.env = environment(data_dir, start_servers(servers), port)
        _prepare(supervisor, data_dir)
        _start_processes(supervisor, port)
        _wait_for_page(supervisor, site)
        print(f"\nTransfer answers at {site} after {time.monotonic() - begun:.0f} s.", flush=True)
        _print_accounts(data_dir)
        print(f"Logs are in {data_dir / 'logs'}. Ctrl-C stops everything.", flush=True)
        supervisor.watch()
    except Stopped:
        print("\nStopping ...", flush=True)
    finally:
        supervisor.stop()


def _start_processes(supervisor: Supervisor, port: int) -> None:
    python = sys.executable
    worker = [python, "-m", "celery", "--app", "transfer.celery", "worker"]
    worker += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    supervisor.start("web", [python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"])
    supervisor.start("worker", worker)
    supervisor.start("sweep", [python, "manage.py", "sweep"])


def _prepare(supervisor: Supervisor, data_dir: Path) -> None:
    """Migrations, vocabularies, sample, message catalogues; nothing if all was done before."""
    wanted = _fingerprint(supervisor.env.get("DATABASE_URL", ""))
    record = data_dir / PREPARED
    try:
        if json.loads(record.read_text("utf-8")) == wanted:
            return
    except (OSError, ValueError):
        pass
    if supervisor.run([sys.executable, "-m", "transfer.embedded.prepare"]):
        raise Trouble("The database could not be prepared: the lines above say why.")
    with explained(data_dir):
        record.write_text(json.dumps(wanted), "utf-8")


def _fingerprint(database: str) -> str:
    """Changes whenever code or data that goes into the database may have changed."""
    digest = hashlib.sha256(database.rpartition("@")[2].rpartition("/")[2].encode())
    for name in DATA_ROOTS:
        for path in sorted((ROOT / name).rglob("*")):
            if path.is_file() and path.suffix not in {".pyc", ".mo"}:
                info = path.stat()
                digest.update(f"{path}:{info.st_size}:{info.st_mtime_ns}".encode())
    return digest.hexdigest()


def _wait_for_page(supervisor: Supervisor, site: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        supervisor.check()
        try:
            with urllib.request.urlopen(f"{site}readyz", timeout=5):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Trouble(f"The page did not answer within two minutes: see {supervisor.log('web')}.")


def _print_accounts(data_dir: Path) -> None:
    try:
        print((data_dir / "accounts.txt").read_text("utf-8"), flush=True)
    except OSError:
        return
