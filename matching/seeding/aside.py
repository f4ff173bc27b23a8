"""Indexes and foreign keys that are put aside while load data is written, and put back.

Making them once at the end is many times as fast as keeping them row by row. What was put aside is
noted in a table of its own, in the transaction that drops it, so that it is never lost: who finds
that table finds load data that was not finished.
"""

from collections.abc import Sequence

from django.db import OperationalError, connection, transaction

_TABLE = "load_put_aside"
_SHARED = 2 * 2**30  # bytes at most that making an index may use
_EACH = 2000  # bytes of a row in a vector index while it is made
_LEAST = 64 * 2**20

# Loading finds a listing's rows by these; they come in ascending order, which costs little.
_FOUND_BY = ["listing_id", "achievement_id", "demand_id"]

_CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s',
        conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE conrelid = ANY(%s::regclass[]) AND contype = %s
ORDER BY conrelid::regclass::text, conname
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('u', 'x'))
AND NOT (indnkeyatts = 1 AND EXISTS (
    SELECT 1 FROM pg_attribute
    WHERE attrelid = indrelid AND attnum = indkey[0] AND attname = ANY(%s)
))
ORDER BY indrelid::regclass::text, indexrelid::regclass::text
"""


@transaction.atomic
def put_aside(tables: Sequence[str]) -> None:
    """Drop foreign keys, unique constraints and indexes of these tables, but for primary keys."""
    names = list(tables)
    with connection.cursor() as cursor:
        _settle()
        cursor.execute(f"CREATE TABLE {_TABLE} (place serial PRIMARY KEY, statement text NOT NULL)")
        found = []
        for kind in ("u", "", "f"):
            if kind:
                cursor.execute(_CONSTRAINTS, [names, kind])
            else:
                cursor.execute(_INDEXES, [names, _FOUND_BY])
            found += cursor.fetchall()
        for drop, _make in reversed(found):
            cursor.execute(drop)
        for _drop, make in found:
            cursor.execute(f"INSERT INTO {_TABLE} (statement) VALUES (%s)", [make])  # noqa: S608


def is_aside() -> bool:
    """Whether something is put aside: load data is being written, or was not finished."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_TABLE])
        return bool(cursor.fetchone()[0])


def put_back(rows: int) -> None:
    """Make again whatever is put aside, one after the other; ``rows``: of the largest table.

    An interrupted run is taken up where it was.
    """
    if not is_aside():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT place, statement FROM {_TABLE} ORDER BY place")  # noqa: S608
        left = cursor.fetchall()
    for place, statement in left:
        try:
            _make(place, statement, rows)
        except OperationalError:  # the processes share memory, of which a server may have little
            _make(place, statement, rows, processes=0)
    with connection.cursor() as cursor:
        _settle()
        cursor.execute(f"DROP TABLE {_TABLE}")


@transaction.atomic
def _make(place: int, statement: str, rows: int, processes: int = 2) -> None:
    memory = min(max(rows * _EACH, _LEAST), _SHARED) // 1024
    with connection.cursor() as cursor:
        _settle()
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{memory}kB'")
        cursor.execute(f"SET LOCAL max_parallel_maintenance_workers = {processes}")
        cursor.execute(statement)
        cursor.execute(f"DELETE FROM {_TABLE} WHERE place = %s", [place])  # noqa: S608


def _settle() -> None:
    """Check foreign keys now, which nobody may wait for while tables change."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
