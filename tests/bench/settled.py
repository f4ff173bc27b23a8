"""A site with no backlog: what was never matched counts as matched."""

from django.db import connection, transaction
from django.db.models import F

from matching.models import IndexEntry
from matching.services.outstanding import unmatched
from matching.services.weights import active_weights
from matching.vectors.similarity import collection_size

_FEW = 1000  # rows that may as well go into every index again


@transaction.atomic
def count_as_matched() -> None:
    """Load data was never matched, which takes hours at 100,000 listings; a site that has been
    running for a while has no such backlog. Noting it in every row at once writes every row anew,
    so of many the indexes are made anew afterwards; that takes some minutes, once."""
    waiting = unmatched()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        cursor.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT indisprimary AND %s",
            [IndexEntry._meta.db_table, waiting.count() > _FEW],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        waiting.update(
            matched_source_at=F("embedded_source_at"),
            matched_weights=active_weights(),
            matched_documents=collection_size(),
        )
        for _name, definition in indexes:
            cursor.execute(definition)
