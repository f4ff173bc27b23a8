"""A real browser for the journeys: the system's Chromium, or the one Playwright has fetched."""

import os
import shutil
from typing import Any

import pytest

# Playwright's synchronous door runs an event loop in this thread; the ORM is used beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def launch_arguments() -> dict[str, Any]:
    """Take the system's Chromium where there is one; without a sandbox only as root."""
    arguments = ["--disable-dev-shm-usage", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    system = shutil.which("chromium") or shutil.which("chromium-browser")
    return {"args": arguments, **({"executable_path": system} if system else {})}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The same browser for every journey; scripts that run once are not worth optimising."""
    arguments = launch_arguments()
    arguments["args"].append("--js-flags=--no-opt,--no-maglev")
    return {**browser_type_launch_args, **arguments}
