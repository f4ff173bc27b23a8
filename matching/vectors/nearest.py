"""The entries nearest to a direction, by the exact scan or by the vector index.

Which one is decided here by the number of rows in question: a collection of up to ``EXACT_ROWS`` is
scanned, which is as quick as the index, and exact, and so are as few that the filters leave of a
large kind, of which a walk would lose some; a kind of up to ``WALKED`` is always walked. The
planner chooses wrongly, so it is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from pgvector import HalfVector
from pgvector.django import CosineDistance

from achievements.models import Listing
from matching.embedding import Vectors
from matching.models import IndexEntry
from matching.sql.reading import reading
from matching.vectors.similarity import collection_size, kind_size

EXACT_ROWS = 40_000
# An index walk goes on through so many rows for what the filters leave (pgvector's
# hnsw.max_scan_tuples): of a kind with fewer it loses none.
WALKED = 20_000
EF_SEARCH = 400  # how far the vector index looks, and how many rows it gives
LEAST = 80  # of a kind


def is_small() -> bool:
    """Whether the whole collection is: no statement beyond that for the statistics."""
    return collection_size() <= EXACT_ROWS


def is_few(entries: QuerySet[IndexEntry], kind: str = "") -> bool:
    """Whether these live entries, all of ``kind`` if that is said, are few enough to be scanned;
    counts no further than it must.

    A scan reads the whole collection for the rows of one kind. So of a large collection a kind is
    never few that its index can walk through, nor one counted that is at most ``EXACT_ROWS``.
    """
    size = kind_size(kind) if kind else 0
    if is_small() or WALKED < size <= EXACT_ROWS:
        return True
    if 0 < size <= WALKED:
        return False
    return entries.order_by()[: EXACT_ROWS + 1].count() <= EXACT_ROWS


def indexed_nearest(entries: QuerySet[IndexEntry], kind: str, direction: Vectors) -> list[int]:
    """About the ``EF_SEARCH`` nearest of many entries of one kind, as the vector index knows them.

    The filters of ``entries`` are asked of each row on the way, so none of the rows given is lost
    to them.
    """
    nearest = entries.filter(kind=kind, direction__isnull=False).order_by(
        CosineDistance("direction", HalfVector(direction))
    )
    with walking_the_index():
        return list(nearest.values_list("pk", flat=True)[:EF_SEARCH])


def reach_of(kind: str) -> int:
    """How many of a kind are looked up: of the largest ``EF_SEARCH``, of others by their share,
    and never less than ``LEAST``."""
    whole = sum(kind_size(one) for one in Listing.Kind.values)
    return max(EF_SEARCH * kind_size(kind) // whole, LEAST) if whole else EF_SEARCH


@contextmanager
def walking_the_index() -> Iterator[None]:
    """Settings that hold for the statements within; they need a transaction to hold at all."""
    connection = reading()
    nested = connection.in_atomic_block
    with transaction.atomic(using=connection.alias):
        _set(connection, "off", "relaxed_order", EF_SEARCH)
        yield
        if nested:
            _set(connection, "on", "off", 40)  # as the servers come


def _set(connection: BaseDatabaseWrapper, sorting: str, iterative: str, reach: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('enable_sort', %s, true),"
            " set_config('hnsw.iterative_scan', %s, true),"
            " set_config('hnsw.ef_search', %s, true)",
            [sorting, iterative, str(reach)],
        )
