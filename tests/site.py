"""Real processes on the test's own database: web, worker and sweep, as `make demo` starts them."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Page
from redis import Redis

from accounts.models import User
from transfer.embedded import processes
from transfer.embedded.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 180  # a busy machine is no failure


class Site:
    """Processes of one test; `folder` holds their logs, uploads and mailbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        database = connection.settings_dict
        address = urlsplit(os.environ["DATABASE_URL"])
        self.env = {
            **os.environ,
            "DATABASE_URL": address._replace(path=f"/{quote(str(database['NAME']))}").geturl(),
            "REDIS_URL": settings.REDIS_URL,
            "DATA_DIR": str(folder),
            "SITE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "transfer.settings.local",
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
            "SWEEP_SECONDS": "1",
            "VISITOR_PAGES_SECONDS": "0",  # a test sees what it has just changed
            "LOG_LEVEL": "INFO",
        }

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start a Python process of this site; its output goes to `<name>.log`."""
        return self.start_program(name, sys.executable, *command)

    def start_program(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        """Start any program with this site's environment."""
        process = processes.spawn(command, env=self.env, log=self.log(name), cwd=ROOT)
        self.running[name] = process
        return process

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self.folder / f"{name}.log"

    def start_web(self, name: str = "web", *, workers: int = 1, wait: bool = True) -> int:
        """Start a web server and return its port, when it is ready unless nobody waits; others
        than `web` get one of their own."""
        port = self.port if name == "web" else free_port()
        self.start(
            name,
            *("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)),
        )
        if wait:
            self._wait(name, lambda: self._answers(port))
        return port

    def start_worker(self, name: str = "worker", *, wait: bool = True) -> subprocess.Popen[bytes]:
        """Start a Celery worker and return when it takes tasks, unless nobody waits."""
        process = self.start(
            name,
            *("-m", "celery", "--app", "transfer.celery", "worker", "--concurrency", "1"),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
            *("--hostname", f"{name}@{self.port}"),
        )
        if wait:
            self.wait_for_worker(name)
        return process

    def start_sweep(self) -> None:
        """Start the sweep that finds outstanding work every second."""
        self.start("sweep", "manage.py", "sweep")

    def sign_in(self, page: Page, user: User) -> None:
        """Let the browser act as this user, as if signed in a moment ago."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])

    def wait_for_web(self) -> None:
        """Return when the web process is ready."""
        self._wait("web", lambda: self._answers(self.port))

    def wait_for_worker(self, name: str = "worker") -> None:
        """Return when that worker takes tasks."""
        self._wait(name, lambda: b" ready." in self.log(name).read_bytes())

    def _answers(self, port: int) -> bool:
        address = f"http://127.0.0.1:{port}/readyz"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def _wait(self, name: str, ready) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                break
            if ready():
                return
            time.sleep(0.1)
        raise AssertionError(f"{name} did not start:\n{self.log(name).read_text('utf-8')[-4000:]}")

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a crash would."""
        process = self.running.pop(name)
        processes.stop(process.pid, processes.started_at(process.pid), patience=0)
        process.wait()

    def stop(self) -> None:
        """End all processes at once and forget what the broker holds: no test waits for work that
        nobody looks at any more."""
        for name in list(self.running):
            self.kill(name)
        with Redis.from_url(settings.REDIS_URL) as broker:
            broker.flushdb()
