"""Fills the database of a demo: one process for all steps, each of which may be run again."""

import os
import time
from collections.abc import Callable

import django
from django.conf import settings
from django.core.management import call_command

from transfer.messages import compile_messages


def _step(name: str, action: Callable[[], object]) -> None:
    begun = time.monotonic()
    print(f"{name} ...", end=" ", flush=True)
    action()
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def _collect_static() -> None:
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["*.map"])


def main() -> None:
    """Compile messages, collect static files, migrate, load vocabularies and the sample."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "transfer.settings.local")
    django.setup()
    _step("Static files", _collect_static)
    accounts = settings.DATA_DIR / "accounts.txt"
    _step("Message catalogues", compile_messages)
    _step("Database", lambda: call_command("migrate", verbosity=0, interactive=False))
    _step("Vocabularies", lambda: call_command("load_vocabularies", verbosity=0))
    with accounts.open("w", encoding="utf-8") as note:
        _step("Sample catalogue", lambda: call_command("load_sample", verbosity=0, stdout=note))


if __name__ == "__main__":
    main()
