"""What the data takes on disk, and what measuring it takes in memory."""

import resource
import sys
from dataclasses import dataclass

from django.db import connection

INDEX = "matching_"  # tables that search and matching keep for themselves

_SIZES = """
SELECT relation.relname, pg_table_size(relation.oid), pg_indexes_size(relation.oid)
FROM pg_class AS relation
WHERE relation.relkind = 'r' AND relation.relnamespace = 'public'::regnamespace
ORDER BY pg_total_relation_size(relation.oid) DESC, relation.relname
"""


@dataclass(frozen=True)
class Table:
    """Bytes of a table's rows, those beside the table with them, and of its indexes."""

    name: str
    rows: int
    indexes: int


@dataclass(frozen=True)
class Storage:
    """Bytes of the database, of all that search and matching keep, and of the largest tables.

    ``memory``: the most that the measuring process ever had, in bytes.
    """

    database: int
    index: int
    tables: list[Table]
    memory: int


def measure_storage(most: int = 8) -> Storage:
    """As it is now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        (database,) = cursor.fetchone()
        cursor.execute(_SIZES)
        tables = [Table(*row) for row in cursor.fetchall()]
    index = sum(one.rows + one.indexes for one in tables if one.name.startswith(INDEX))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Storage(database, index, tables[:most], peak * (1 if sys.platform == "darwin" else 1024))
