"""Processes that are ours: started in their own group, recognised later, stopped for sure."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def started_at(pid: int) -> str | None:
    """When this process began, as the system tells it; None if there is no such process.

    Together with the number this names a process for good, although numbers are used again.
    """
    stat = Path(f"/proc/{pid}/stat")
    try:
        if Path("/proc/self/stat").exists():
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            return None if fields[0] in "ZX" else fields[19]
        out = subprocess.run(
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
    except (OSError, IndexError):
        return None
    return out.stdout.strip() or None


def is_running(pid: object, started: object) -> bool:
    """Is the process that was recorded like this still there?"""
    return isinstance(pid, int) and pid > 0 and started_at(pid) == started is not None


def spawn(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path | None = None,
    cwd: str | Path = "/",
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a process that leads its own group, so that Ctrl-C reaches only whoever started it."""
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )
    finally:
        if output:
            output.close()


def _signal(pid: int, number: int, *, group: bool) -> None:
    try:
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_group(pid: int) -> None:
    """End at once what a process that just died had started, such as a server's workers."""
    _signal(pid, signal.SIGKILL, group=True)


def stop(pid: int, started: str | None, *, by: int = signal.SIGTERM, patience: float = 10) -> None:
    """Ask a process to stop, wait, and end it and its whole group if it does not.

    Does nothing when that process is gone and the number means another one by now.
    """
    if not is_running(pid, started):
        return
    _signal(pid, by, group=False)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if not is_running(pid, started):
            break
        time.sleep(0.05)
    _signal(pid, signal.SIGKILL, group=True)
