"""`make demo` as a newcomer runs it: one long story, because each start takes its time."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from playwright.sync_api import Browser

from tests import guide_pictures
from transfer.embedded import processes, state
from transfer.embedded.ports import free_port

ROOT = Path(__file__).resolve().parents[2]


class Demo:
    """One `python -m transfer.embedded demo` and what it printed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "transfer.embedded", "--data-dir", str(folder)),
                *("demo", "--port", str(port)),
            ],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/nonexistent"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return "".join(self.printed)

    def wait_for(self, condition: Callable[[], bool], seconds: float = 180) -> None:
        """Wait for something, or fail with what was printed."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.text
            assert self.process.poll() is None, self.text
            time.sleep(0.2)

    def wait_until_up(self) -> float:
        """Wait for the line that says so; the seconds it names."""
        self.wait_for(lambda: "Ctrl-C stops everything" in self.text, 400)
        found = re.search(r"answers at (\S+) after (\d+) s", self.text)
        assert found is not None
        assert found[1] == f"{self.url}/"
        return float(found[2])

    def status(self, path: str = "/") -> int:
        """The status of a page; 0 while nothing listens."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=20) as answer:  # noqa: S310 - ours
                return int(answer.status)
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            return 0

    def encoding(self, path: str) -> str:
        """How a file comes to a browser, which would take it in any way."""
        request = urllib.request.Request(  # noqa: S310 - ours
            self.url + path, headers={"Accept-Encoding": "br, gzip"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - ours
            return str(answer.headers["Content-Encoding"])

    def is_embedded(self) -> bool:
        """Whether matching knows where all listings lie."""
        with closing(psycopg2.connect(str(state.read(self.folder)["DATABASE_URL"]))) as connection:
            cursor = connection.cursor()
            cursor.execute(
                "SELECT count(*), count(embedded_source_at) FROM matching_indexentry"
                " JOIN achievements_listing ON id = listing_id WHERE state = 'published'"
                " AND (expires_at IS NULL OR expires_at > now())"
            )
            live, embedded = cursor.fetchone()
        return bool(0 < live == embedded)

    def recorded(self) -> list[list]:
        """Number and start of every process of this demo."""
        record = state.read(self.folder)
        return [*record["children"], record["postgres_process"], record["valkey_process"]]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[[], Demo]]:
    """Start the demo of this test, again and again; whatever is left is ended."""
    port = free_port()
    started: list[Demo] = []

    def _start() -> Demo:
        started.append(Demo(tmp_path / "data", port))
        return started[-1]

    yield _start
    for one in started:  # first, or it starts again what is ended below
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()
    if started and state.read(tmp_path / "data").get("children"):
        for process in started[-1].recorded():
            processes.stop(*process, patience=5)


def test_demo_starts_survives_crashes_and_stops_without_a_trace(
    demo: Callable[[], Demo], browser: Browser, tmp_path: Path
):
    first = demo()
    first.wait_until_up()
    assert "admin@transfer.example" in first.text
    assert [first.status(path) for path in ("/", "/api/v1/docs/")] == [200, 200]
    assert first.encoding("/static/css/base.css") == "gzip"

    # A worker and the database die: both are started again, and no page is a 500 meanwhile.
    before = first.recorded()
    for pid, _ in (before[1], before[-2]):
        os.kill(pid, signal.SIGKILL)
    statuses = []

    def back() -> bool:
        statuses.append(first.status("/api/v1/achievements/"))
        statuses.append(first.status())
        alive = [processes.is_running(*process) for process in first.recorded()]
        return all(alive) and first.recorded() != before and statuses[-1] == 200

    first.wait_for(back, 180)
    assert set(statuses) <= {200, 503}
    assert "The worker ended; starting it again." in first.text
    assert "PostgreSQL ended; starting it again." in first.text

    # Its sample accounts see what the guides show; a preview of matches needs embedded listings.
    first.wait_for(first.is_embedded)
    taken = guide_pictures.take(browser, first.url, tmp_path, languages=["zh-hans"])
    shown = guide_pictures.FOLDER / "zh"
    assert {path.name for path in taken} == {path.name for path in shown.glob("*.png")}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in taken)

    # The demo itself is killed: what it left behind is ended, its data are there again.
    left = first.recorded()
    first.process.kill()
    first.process.wait()
    assert all(processes.is_running(*process) for process in left)
    second = demo()
    assert second.wait_until_up() < 120
    assert not any(processes.is_running(*process) for process in left)
    assert "Sample catalogue" not in second.text, "the preparation was done twice"
    assert "admin@transfer.example" in second.text
    second.wait_for(lambda: second.status() == 200, 30)

    # An orderly stop leaves no process and no port.
    running = second.recorded()
    second.process.terminate()
    assert second.process.wait(120) == 0
    assert not any(processes.is_running(*process) for process in running)
    assert second.status() == 0
