"""Fixtures that every package may use; the servers of the run start and stop here."""

import pytest
from django.core.cache import cache

from transfer.embedded import testing

_servers: list[testing.TestServers] = []


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL and Valkey once per run, unless addresses were given."""
    if testing.is_owner() and not (config.option.collectonly or config.option.help):
        servers = testing.TestServers()
        _servers.append(servers)
        servers.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, also after a failure."""
    while _servers:
        _servers.pop().stop()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits and cached figures do not reach from one test into the next."""
    cache.clear()
