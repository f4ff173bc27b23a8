"""How much memory processes take, looked at while they work."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

MEGABYTE = 1024  # of kilobytes, as the system tells them


@dataclass(frozen=True)
class Taken:
    """Megabytes of a process with its children: at first, at the end, and at most."""

    start: float
    end: float
    peak: float


class Memory:
    """Looks every ``seconds`` at the resident memory of processes, by name, and of their
    children."""

    def __init__(self, processes: Mapping[str, int], *, seconds: float = 0.5) -> None:
        self._processes = dict(processes)
        self._seconds = seconds
        self._over = Event()
        self._thread = Thread(target=self._look_on, daemon=True)
        self.taken: dict[str, Taken] = {}

    def __enter__(self) -> Self:
        """Look for the first time."""
        self._look()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Look for the last time."""
        self._over.set()
        self._thread.join()
        self._look()

    def _look_on(self) -> None:
        while not self._over.wait(self._seconds):
            self._look()

    def _look(self) -> None:
        children = _children()
        for name, pid in self._processes.items():
            now = round(sum(map(_resident, _family(pid, children))) / MEGABYTE, 1)
            if now:
                before = self.taken.get(name, Taken(now, now, now))
                self.taken[name] = Taken(before.start, now, max(before.peak, now))


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        found.setdefault(int(fields[1]), []).append(int(folder.name))
    return found


def _family(pid: int, children: Mapping[int, list[int]]) -> list[int]:
    return [pid, *(one for child in children.get(pid, []) for one in _family(child, children))]


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
