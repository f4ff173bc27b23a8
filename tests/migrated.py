"""One migrated database that every process of a run copies: migrations run from zero once."""

import fcntl
import os
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from transfer.embedded import testing

NAME = "transfer_migrated"


def copy_one() -> None:
    """Have this process's test database made as a copy; the first process makes what is copied.

    Only where pytest-xdist has several processes on servers of the run's own: elsewhere the
    database would outlive the run, or one process would work for nobody else. Django migrates
    the copy as it migrates any test database, and then finds nothing left to do.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ or testing.OWNER not in os.environ:
        return
    with (Path(os.environ["DATA_DIR"]) / f"{NAME}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE {NAME}")
                _migrate()
    connection.settings_dict["TEST"]["TEMPLATE"] = NAME


def _migrate() -> None:
    """Migrate the database to copy, and leave it: what is in use cannot be copied."""
    own = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = NAME
    try:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
