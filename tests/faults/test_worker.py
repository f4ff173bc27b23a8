"""Workers, or the processes in them that do the work, killed with -9 at random moments."""

import os
import random
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import Delivery
from tests.faults.calling import wait_until
from tests.faults.conftest import count
from tests.faults.jobs import Jobs
from tests.site import Site


def test_workers_killed_at_random_moments_leave_everything_done_once(site: Site, jobs: Jobs):
    kills, number = count("FAULT_WORKER_KILLS", 2), count("FAULT_WORKER_JOBS", 40)
    moments = random.Random(5)
    site.env["SWEEP_SECONDS"] = "3"  # the workers do most of it
    site.start_sweep()
    worker = site.start_worker()
    for kill in range(kills):
        messages = jobs.ask(number * (kill + 1) // kills - jobs.asked)
        for task, arguments in messages:
            task.delay(*arguments)
        time.sleep(moments.uniform(0, 3))
        if kill % 2:
            site.kill("worker")
            if kill < kills - 1:  # after the last one, the sweep does what is left
                worker = site.start_worker()
        else:
            kill_child_of(worker)

    took = wait_until(lambda: not waiting(jobs), 120, "everything done")

    wrong = jobs.wrong()
    print(f"{kills} kills, {number} jobs, {jobs.again} e-mails again, rest took {took:.1f} s")
    assert wrong == []
    assert jobs.again <= kills


def waiting(jobs: Jobs) -> dict[str, int]:
    """What is outstanding. An e-mail in hand when its sender was killed waits for five minutes, in
    which somebody may still be sending it; here ten seconds."""
    left = jobs.outstanding()
    if set(left) == {"mails"}:
        now = timezone.now()
        lost = Delivery.objects.undelivered().filter(started_at__lt=now - timedelta(seconds=10))
        lost.update(due_at=now)
    return left


def kill_child_of(worker: subprocess.Popen[bytes]) -> None:
    """Kill the process of a worker that does the work, when it has one."""
    path = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
    wait_until(lambda: bool(path.read_text()), 60, "a process that works")
    os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
