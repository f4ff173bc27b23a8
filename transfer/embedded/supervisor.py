"""Watches the processes of a demo: restarts one that died, gives up on one that keeps dying."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from transfer.embedded import processes
from transfer.embedded.servers import Servers
from transfer.embedded.trouble import Trouble, last_line

RESTARTS_A_MINUTE = 4
PATIENCE = 10  # seconds the processes get to end their work; the sweep does unfinished work again


class Stopped(Exception):  # noqa: N818 - a request, not an error
    """Somebody asked the demo to stop."""


@dataclass
class Child:
    """One of our processes and how to start it again."""

    name: str
    command: Sequence[str | Path]
    process: subprocess.Popen[bytes] | None = None
    started: str | None = None
    deaths: list[float] = field(default_factory=list)


class Supervisor:
    """Starts and watches children beside the servers of a data folder."""

    def __init__(self, servers: Servers, *, env: Mapping[str, str], cwd: Path) -> None:
        self.servers = servers
        self.env = env
        self.cwd = cwd
        self.children: list[Child] = []
        self._asked_to_stop = False

    def listen(self) -> None:
        """From now on Ctrl-C, a closed terminal and SIGTERM ask for an orderly stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def log(self, name: str) -> Path:
        """Where a child's output goes."""
        return self.servers.data_dir / "logs" / f"{name}.log"

    def start(self, name: str, command: Sequence[str | Path]) -> None:
        """Start a child that is to run for good."""
        child = Child(name, command)
        self.children.append(child)
        self._start(child)

    def _start(self, child: Child) -> None:
        child.process = processes.spawn(
            child.command, env=self.env, log=self.log(child.name), cwd=self.cwd
        )
        child.started = processes.started_at(child.process.pid)
        # A later run finds and ends what a killed one left.
        self.servers.note(
            children=[[c.process.pid, c.started] for c in self.children if c.process is not None]
        )

    def run(self, command: Sequence[str | Path]) -> int:
        """Run a command to its end, its output on this terminal; raise Stopped if asked to stop."""
        process = processes.spawn(command, env=self.env, cwd=self.cwd)
        started = processes.started_at(process.pid)
        while process.poll() is None:
            if self._asked_to_stop:
                processes.stop(process.pid, started)
                process.wait()
                raise Stopped
            time.sleep(0.05)
        return process.returncode

    def check(self) -> None:
        """Restart what died. Raises Trouble when that does not help, Stopped when asked to stop."""
        if self._asked_to_stop:
            raise Stopped
        for server in self.servers.running:
            if server.process is not None and server.process.poll() is not None:
                print(f"{server.name} ended; starting it again.", flush=True)
                server.start()
                self.servers.note_process(server)
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._restart(child)

    def _restart(self, child: Child) -> None:
        if child.process is not None:
            processes.end_group(child.process.pid)  # its workers may still hold the port
        now = time.monotonic()
        child.deaths = [death for death in child.deaths if now - death < 60] + [now]
        if len(child.deaths) > RESTARTS_A_MINUTE:
            log = self.log(child.name)
            raise Trouble(f"The {child.name} keeps ending: {last_line(log)} (all of it: {log})")
        print(f"The {child.name} ended; starting it again.", flush=True)
        self._start(child)

    def watch(self) -> None:
        """Go on until Stopped or Trouble is raised."""
        while True:
            self.check()
            time.sleep(0.3)

    def stop(self) -> None:
        """End every child, then the servers. A second Ctrl-C does not interrupt this."""
        for child in self.children:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE
        for child in self.children:
            if child.process is not None:
                try:
                    child.process.wait(max(0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    processes.stop(child.process.pid, child.started, patience=0)
                    child.process.wait()
        self.servers.stop()

    def stop_leftovers(self, children: object) -> None:
        """End the children that a killed run left behind, as its record names them."""
        left = children if isinstance(children, list) else []
        for pid, started in left:
            if processes.is_running(pid, started):
                os.kill(pid, signal.SIGTERM)
        for pid, started in left:
            processes.stop(pid, started, patience=5)
