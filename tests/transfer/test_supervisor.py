"""What the supervisor of a demo does with processes that die, keep dying or do not stop."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from transfer.embedded import processes, supervisor
from transfer.embedded.servers import Servers
from transfer.embedded.supervisor import Supervisor
from transfer.embedded.trouble import Trouble


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor without servers."""
    servers = Servers(tmp_path)
    servers.open()
    one = Supervisor(servers, env={}, cwd=tmp_path)
    yield one
    one.stop()


def _code(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_process_that_dies_once_is_started_again(watched: Supervisor, tmp_path: Path):
    again = tmp_path / "again"
    watched.start(
        "web",
        _code(
            "import pathlib, sys, time\n"
            f"flag = pathlib.Path({str(again)!r})\n"
            "if not flag.exists(): flag.touch(); sys.exit(1)\n"
            "time.sleep(600)"
        ),
    )
    child = watched.children[0]
    first = child.process
    deadline = time.monotonic() + 60

    while child.process is first and time.monotonic() < deadline:
        watched.check()
        time.sleep(0.05)

    assert child.process is not first
    assert watched.servers.record["children"] == [[child.process.pid, child.started]]


def test_process_that_keeps_dying_ends_the_demo_with_its_last_words(watched: Supervisor):
    watched.start("worker", _code("raise SystemExit('error: no such queue')"))

    with pytest.raises(Trouble) as trouble:
        watched.watch()

    message = str(trouble.value)
    assert message.startswith("The worker keeps ending: error: no such queue (all of it: ")
    assert "\n" not in message


def test_processes_that_do_not_stop_are_ended_together_in_time(
    watched: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(supervisor, "PATIENCE", 1)
    for number in range(3):
        ready = tmp_path / f"ready{number}"
        watched.start(
            f"stubborn{number}",
            _code(
                "import pathlib, signal, time\n"
                "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
                f"pathlib.Path({str(ready)!r}).touch()\n"
                "time.sleep(600)"
            ),
        )
        while not ready.exists():
            time.sleep(0.05)
    recorded = [(child.process.pid, child.started) for child in watched.children if child.process]
    begun = time.monotonic()

    watched.stop()

    assert time.monotonic() - begun < 3
    assert [processes.is_running(*process) for process in recorded] == [False] * 3


def test_leftovers_are_ended_but_not_a_process_that_reused_a_number(watched: Supervisor):
    watched.start("web", _code("import time; time.sleep(600)"))
    watched.start("sweep", _code("import time; time.sleep(600)"))
    web, sweep = (child.process for child in watched.children)
    assert web is not None
    assert sweep is not None

    watched.stop_leftovers([[web.pid, watched.children[0].started], [sweep.pid, "long ago"]])

    assert web.wait(10) != 0
    assert sweep.poll() is None
