"""What a full reindex takes: the text part of every entry, and every index, without embedding."""

from dataclasses import dataclass

from django.db import OperationalError, connection, transaction

from matching.models import IndexEntry
from matching.services.indexing import refresh_entries
from tests.bench.timing import timed

_MEMORY = "2GB"


@dataclass(frozen=True)
class Index:
    """Seconds to make one index anew, and its bytes."""

    name: str
    seconds: float
    size: int


@dataclass(frozen=True)
class Rebuilding:
    """``entries`` of all were written anew, so many a second by one process; every index was."""

    entries: int
    per_second: float
    indexes: list[Index]

    @property
    def seconds_of_indexes(self) -> float:
        """All indexes, one after the other."""
        return round(sum(one.seconds for one in self.indexes), 1)


def measure_rebuilding(most: int = 2000) -> Rebuilding:
    """Write the text part of up to ``most`` entries from all over, and make every index anew."""
    keys = list(IndexEntry.objects.order_by("pk").values_list("pk", flat=True))
    chosen = keys[:: max(len(keys) // most, 1)][:most]
    seconds = timed(lambda: refresh_entries(chosen))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = %s::regclass ORDER BY 1",
            [IndexEntry._meta.db_table],
        )
        names = [name for (name,) in cursor.fetchall()]
    indexes = [_measured(name) for name in names]
    return Rebuilding(len(chosen), round(len(chosen) / seconds, 1), indexes)


def _measured(name: str) -> Index:
    try:
        seconds = timed(lambda: _make(name, processes=2))
    except OperationalError:  # the server's processes share memory, of which there may be little
        seconds = timed(lambda: _make(name, processes=0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size(%s::regclass)", [name])
        (size,) = cursor.fetchone()
    return Index(name, round(seconds, 2), size)


@transaction.atomic
def _make(name: str, processes: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{_MEMORY}'")
        cursor.execute(f"SET LOCAL max_parallel_maintenance_workers = {processes}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"REINDEX INDEX {connection.ops.quote_name(name)}")
