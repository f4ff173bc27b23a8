"""Index entries of load data: the text part as production makes it, the embeddings invented."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from django.db import connection

from matching.embedding import Vectors, embedder_name
from matching.seeding.catalogue import MARK, Plan
from matching.seeding.vectors import Space
from matching.services.indexing import write_weighed
from matching.text.documents import document_of, load_listings
from matching.vectors.similarity import centres_of, same_statistics

_TOGETHER = 1000  # documents in one statement

HASH = "encode(sha256(convert_to(%(mark)s || load.listing_id, 'UTF8')), 'hex')"

_WRITE = f"""
INSERT INTO matching_indexentry (
    listing_id, kind, languages, vector, lexical, indexed_source_at, embedded_source_at,
    title_embedding, text_embedding, direction, embedder, content_hash, matched_documents
)
SELECT load.listing_id, kind, languages, vector, lexical::sparsevec, updated_at, updated_at,
    title, text, direction, %s, {HASH.replace("%(mark)s", "%s")}, 0
FROM made LEFT JOIN weighed USING (listing_id) JOIN load_vectors AS load USING (listing_id)
ORDER BY load.listing_id
"""  # noqa: S608 - only a constant is put into the text


@contextmanager
def embedded(plans: Sequence[Plan], space: Space, portion: int) -> Iterator[None]:
    """Within, ``load_vectors`` has the embeddings of these listings.

    Directions are seen from where the centres are now; statistics that move these later write
    them anew.
    """
    topics, languages = [one.topic for one in plans], [one.languages for one in plans]
    titles, texts = space.embeddings(topics, languages, portion)
    columns = (titles, texts, _directions(plans, titles, texts))
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE load_vectors (listing_id bigint PRIMARY KEY,"
            " title halfvec(384), text halfvec(384), direction halfvec(384)) ON COMMIT DROP"
        )
        lines = BytesIO(_binary([one.number for one in plans], *columns))
        cursor.copy_expert("COPY load_vectors FROM STDIN (FORMAT binary)", lines)
        cursor.execute("ANALYZE load_vectors")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE load_vectors")


def write_entries(plans: Sequence[Plan]) -> None:
    """Write the entries of :func:`embedded` listings that have none yet, with everything."""
    for start in range(0, len(plans), _TOGETHER):
        listings = load_listings(one.number for one in plans[start : start + _TOGETHER])
        documents = [document_of(one) for one in listings]
        write_weighed(documents, _WRITE, [embedder_name(), f"{MARK} "])


@same_statistics()
def _directions(plans: Sequence[Plan], titles: Vectors, texts: Vectors) -> Vectors:
    """:func:`matching.vectors.similarity.direction_of` of many."""
    found = np.empty_like(titles)
    parts = np.array([f"{one.kind} {one.languages}" for one in plans])
    for part in np.unique(parts):
        kind, languages = part.split()
        title, text = centres_of(kind, languages)
        own = parts == part
        found[own] = _units(_units(titles[own] - title) + _units(texts[own] - text))
    return found


def _units(rows: Vectors) -> Vectors:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _binary(numbers: Sequence[int], *columns: np.ndarray) -> bytes:
    """COPY's binary format of a number and vectors; reading figures as text takes minutes."""
    rows = len(numbers)
    layout: list[tuple[str, str] | tuple[str, str, tuple[int]]] = [
        *(("fields", ">i2"), ("number_size", ">i4"), ("number", ">i8"))
    ]
    for place, column in enumerate(columns):
        width = column.shape[1]
        layout += [(f"size{place}", ">i4"), (f"head{place}", ">i2", (2,))]
        layout += [(f"values{place}", ">f2", (width,))]
    made = np.zeros(rows, dtype=layout)
    made["fields"], made["number_size"], made["number"] = 1 + len(columns), 8, numbers
    for place, column in enumerate(columns):
        made[f"size{place}"] = 4 + 2 * column.shape[1]
        made[f"head{place}"] = (column.shape[1], 0)
        made[f"values{place}"] = column
    return b"PGCOPY\n\xff\r\n\x00" + bytes(8) + made.tobytes() + b"\xff\xff"
