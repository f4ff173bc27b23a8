"""Both servers of one data folder together: passwords, ports, the record of where they answer."""

import fcntl
import json
import secrets
from pathlib import Path
from typing import IO, TypeVar

from transfer.embedded import owner, processes, state
from transfer.embedded.ports import PortTakenError, free_port, is_free
from transfer.embedded.postgres import BINARIES, Postgres
from transfer.embedded.processes import started_at
from transfer.embedded.trouble import Trouble, explained
from transfer.embedded.valkey import Valkey, binary

Server = TypeVar("Server", Postgres, Valkey)


class Servers:
    """PostgreSQL, Valkey or both, for one folder; a second run on it is refused."""

    def __init__(self, data_dir: Path, *, durable: bool = True, listen: str = "127.0.0.1") -> None:
        self.data_dir = data_dir
        self.durable = durable
        self.listen = listen
        self.running: list[Postgres | Valkey] = []
        self.record: dict[str, object] = {}
        self._lock: IO[str] | None = None

    def open(self) -> None:
        """Make the folder if needed and keep others out of it. Raises Trouble if one is in."""
        with explained(self.data_dir):
            self.data_dir.mkdir(parents=True, exist_ok=True)
            (self.data_dir / "logs").mkdir(exist_ok=True)
            # The system lets go of this lock when the process ends, however it ends.
            self._lock = (self.data_dir / "lock").open("a")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Trouble(self._already_running()) from error
        stale = {"DATABASE_URL", "REDIS_URL", "site", "pid", "pid_started"}
        before = state.read(self.data_dir)
        self.record = {name: value for name, value in before.items() if name not in stale}

    def _already_running(self) -> str:
        where = state.read(self.data_dir)
        return (
            f"Transfer already runs on {self.data_dir}: {where.get('site', 'no page yet')} "
            f"(process {where.get('pid', 'unknown')}). Stop it, or choose another DATA_DIR."
        )

    def start(
        self,
        *,
        postgres: bool = True,
        valkey: bool = True,
        ports: tuple[int, int] | None = None,
        password: str | None = None,
    ) -> dict[str, str]:
        """Start what is asked for and return its addresses, `DATABASE_URL` and `REDIS_URL`.

        Ports are those of the last run while they are free. Given `ports`, exactly these.
        """
        password = password or self._password()
        result = {}
        if postgres:
            fixed = ports[0] if ports else None
            server = self._start_one(Postgres, "postgres", password, fixed)
            result["DATABASE_URL"] = server.url
        if valkey:
            fixed = ports[1] if ports else None
            broker = self._start_one(Valkey, "valkey", password, fixed)
            result["REDIS_URL"] = broker.url
        self.note(**result)
        return result

    def _start_one(
        self,
        kind: type[Server],
        name: str,
        password: str,
        fixed: int | None,
    ) -> Server:
        folder = self.data_dir / name
        with explained(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
            whose = owner.choose(folder, [BINARIES / "postgres", BINARIES / "initdb", binary()])
        self._stop_leftover(kind, self.record.get(f"{name}_process"))
        last = self.record.get(f"{name}_port")
        port = fixed or (last if isinstance(last, int) and is_free(last) else free_port())
        for attempt in range(5):
            log = self.data_dir / "logs" / f"{name}.log"
            server = kind(folder, whose, port, password, log, self.durable, self.listen)
            try:
                server.start()
            except PortTakenError:
                if fixed or attempt == 4:
                    raise
                port = free_port()
            else:
                self.running.append(server)
                self.note(**{f"{name}_port": port})
                self.note_process(server)
                return server
        raise AssertionError("unreachable")

    def note_process(self, server: Postgres | Valkey) -> None:
        """Record the process, so that a later run can end it if this one is killed."""
        if server.process is not None:
            pid = server.process.pid
            self.note(**{f"{server.folder.name}_process": [pid, started_at(pid)]})

    def _stop_leftover(self, kind: type[Postgres] | type[Valkey], process: object) -> None:
        if isinstance(process, list) and len(process) == 2:
            processes.stop(*process, by=kind.gentle, patience=15)

    def _password(self) -> str:
        path = self.data_dir / "secrets.json"
        with explained(path):
            try:
                kept = json.loads(path.read_text("utf-8"))
            except FileNotFoundError:
                kept = {"password": secrets.token_hex(24), "secret_key": secrets.token_urlsafe(64)}
                path.touch(0o600)
                path.write_text(json.dumps(kept), "utf-8")
            except ValueError as error:
                raise Trouble(
                    f"{path} is damaged: put it back or choose another DATA_DIR."
                ) from error
        return str(kept["password"])

    def note(self, **facts: object) -> None:
        """Add facts to the record that other commands on this folder read."""
        self.record |= facts
        with explained(self.data_dir):
            state.write(self.data_dir, self.record)

    def stop(self) -> None:
        """Stop what was started, last first."""
        while self.running:
            self.running.pop().stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None
