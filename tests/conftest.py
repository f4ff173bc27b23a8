"""Fixtures that every package may use; the servers of the run start and stop here."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.utils import timezone, translation
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import BrowserContext, Playwright, Request
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from matching.facets import public_table
from matching.search import word_cache
from matching.services import idle
from tests import embeddings, migrated
from tests.site import Site
from transfer.celery import app as celery_app
from transfer.embedded import testing
from transfer.messages import compile_messages

# How long one example takes says more about the machine than about the code.
hypothesis_settings.register_profile("transfer", deadline=None)
hypothesis_settings.load_profile("transfer")

LONG = (
    "tests/transfer/test_demo.py",
    "tests/faults/",
    "tests/security/test_who_may.py",
    "tests/journeys/",
    "tests/transfer/test_contract.py",
    "tests/transfer/test_site.py",
    "tests/bench/",
    "tests/matching/test_sealed.py",
)

_servers: list[testing.TestServers] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once per run, unless addresses were given."""
    if testing.is_owner() and not (config.option.collectonly or config.option.help):
        compile_messages()
        servers = testing.TestServers()
        _servers.append(servers)
        servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, also after a failure."""
    while _servers:
        _servers.pop().stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of few and long tests come first, so that none of them is left for one process alone.

    They are not told by the number of their tests, by which files would be handed out otherwise.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_make_parametrize_id(val: object) -> str | None:
    """Archives hold the time they were made, so bytes cannot name a test for all processes."""
    return "bytes" if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Migrate once for all processes of the run."""
    with django_db_blocker.unblock():
        migrated.copy_one()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits, cached figures and what a process keeps end with a test."""
    cache.clear()
    public_table.forget()
    word_cache.forget()
    idle.forget()


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Nor do the language and the time zone that a request of an earlier test has left behind."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def api() -> APIClient:
    """A client of the API that nobody has signed in with; it speaks JSON."""
    return APIClient()


@pytest.fixture
def embeddings_url() -> Iterator[str]:
    """Whom a site's processes ask for embeddings; with `make faults`, and where a test says so,
    nobody: each loads the model."""
    if os.environ.get("FAULTS") == "full":
        yield ""
        return
    with embeddings.running() as address:
        yield address


@pytest.fixture
def site(transactional_db: None, embeddings_url: str, tmp_path: Path) -> Iterator[Site]:
    """Processes on this test's database, none started yet; tasks go through the real broker."""
    site = Site(tmp_path)
    site.env["EMBEDDINGS_URL"] = embeddings_url
    celery_app.conf.task_always_eager = False
    yield site
    celery_app.conf.task_always_eager = True
    site.stop()


@pytest.fixture
def live_site(site: Site) -> Site:
    """A whole site: web on `live_site.url`, a worker and the sweep."""
    site.start_sweep()
    site.start_worker(wait=False)
    site.start_web(wait=False)
    site.wait_for_worker()
    site.wait_for_web()
    return site


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """The driver of browsers. While it runs there is an event loop, and so connections of Django's
    that nobody finds once it has stopped: those are closed before."""
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, also as root and in a container, without calls home."""
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium") or shutil.which("chromium-browser"),
        "args": [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture
def context(context: BrowserContext) -> Iterator[BrowserContext]:
    """A browser context that may talk to this machine only: anything else fails the test."""
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:")):
            elsewhere.append(request.url)

    context.on("request", note)
    yield context
    assert elsewhere == []
