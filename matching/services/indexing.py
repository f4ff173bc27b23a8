"""The text of index entries, written at once inside the saving transaction."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from achievements.models import Listing
from matching.models import IndexEntry
from matching.services.idle import look_for
from matching.text.documents import Document, document_of, load_listings
from matching.text.tokens import SPARSE_DIMENSIONS, indexed_latin, literal_vector

# BM25 with weighted fields. Lengths are measured against a fixed length, not the collection's
# average, so that a document's weights never change while others come and go.
K1, B, USUAL_LENGTH = 1.2, 0.5, 200
MOST_LEXEMES = 4000  # of one document; pgvector holds 16,000

_BATCH = 200

_WEIGH = f"""
WITH source AS (
    SELECT * FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
        %s::text[], %s::text[], %s::text[], %s::text[],
        %s::text[], %s::text[], %s::text[], %s::text[]
    ) AS s (listing_id, kind, languages, updated_at, la, lb, lc, ld, xa, xb, xc, xd)
), made AS MATERIALIZED (
    SELECT listing_id, kind, languages, updated_at,
        setweight(to_tsvector('english', la) || xa::tsvector, 'A')
        || setweight(to_tsvector('english', lb) || xb::tsvector, 'B')
        || setweight(to_tsvector('english', lc) || xc::tsvector, 'C')
        || setweight(to_tsvector('english', ld) || xd::tsvector, 'D') AS vector
    FROM source
), counted AS (
    -- Most words stand once, and a subquery for each would take as long as all the rest.
    SELECT listing_id, ('x' || substr(md5(lexeme), 1, 7))::bit(28)::int + 1 AS place, sum(
        CASE WHEN cardinality(weights) = 1 THEN
            CASE weights[1]
                WHEN 'A' THEN 2.5::float8 WHEN 'B' THEN 2 WHEN 'C' THEN 1.25 ELSE 1
            END
        ELSE (
            SELECT sum(
                CASE weight WHEN 'A' THEN 2.5::float8 WHEN 'B' THEN 2 WHEN 'C' THEN 1.25 ELSE 1 END
            ) FROM unnest(weights) AS weight
        ) END
    ) AS amount
    FROM made, unnest(vector) AS word (lexeme, positions, weights)
    GROUP BY 1, 2
), ranked AS (
    SELECT *, sum(amount) OVER whole AS length, row_number() OVER ordered AS number
    FROM counted
    WINDOW whole AS (PARTITION BY listing_id),
           ordered AS (PARTITION BY listing_id ORDER BY amount DESC, place)
), weighed AS (
    SELECT listing_id, '{{' || string_agg(
        place || ':' || round((
            amount * {K1 + 1}::float8
            / (amount + {K1}::float8 * ({1 - B} + {B}::float8 * length / {USUAL_LENGTH}))
        )::numeric, 4), ',' ORDER BY place
    ) || '}}/{SPARSE_DIMENSIONS}' AS lexical
    FROM ranked WHERE number <= {MOST_LEXEMES} GROUP BY listing_id
)
"""  # noqa: S608 - only constants of this module are put into the text

_REFRESH = """
INSERT INTO matching_indexentry AS entry (
    listing_id, kind, languages, vector, lexical, indexed_source_at,
    embedder, content_hash, matched_documents
)
SELECT listing_id, kind, languages, vector, lexical::sparsevec, updated_at, '', '', 0
FROM made LEFT JOIN weighed USING (listing_id)
ORDER BY listing_id
ON CONFLICT (listing_id) DO UPDATE SET
    languages = EXCLUDED.languages, vector = EXCLUDED.vector, lexical = EXCLUDED.lexical,
    indexed_source_at = EXCLUDED.indexed_source_at
WHERE entry.indexed_source_at IS NULL OR entry.indexed_source_at <= EXCLUDED.indexed_source_at
"""


def refresh_entries(listing_ids: Iterable[int]) -> int:
    """Write the text part of the entries of these listings; returns how many there are.

    Runs inside the transaction that saves a listing, so that search finds the change with it.
    An entry never goes back to an older state of its listing.
    """
    ids = sorted(set(listing_ids))
    written = 0
    for start in range(0, len(ids), _BATCH):
        documents = [document_of(one) for one in load_listings(ids[start : start + _BATCH])]
        if documents:
            write_weighed(documents, _REFRESH)
            written += len(documents)
    return written


def weigh_words(document: Document) -> str | None:
    """The words of a text with their weights as its entry would have them, as a sparse vector's
    text; nothing is written."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_WEIGH} SELECT lexical FROM weighed", _columns([document]))  # noqa: S608
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def write_weighed(
    documents: Sequence[Document], statement: str, parameters: Sequence[Any] = ()
) -> None:
    """Run a statement that reads the text part of these documents' entries.

    ``made`` has listing_id, kind, languages, updated_at and vector of each; ``weighed`` has
    listing_id and lexical of those with any word.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{_WEIGH}{statement}", [*_columns(documents), *parameters])


def _columns(documents: Sequence[Document]) -> list[list[Any]]:
    """The texts by column, as the statements take them."""
    latin: list[list[str]] = [[], [], [], []]
    literal: list[list[str]] = [[], [], [], []]
    for document in documents:
        for place, (_weight, text) in enumerate(document.weighted.parts):
            latin[place].append(indexed_latin(text))
            literal[place].append(literal_vector(text))
    return [
        [document.listing_id for document in documents],
        [document.kind for document in documents],
        [document.languages for document in documents],
        [document.updated_at for document in documents],
        *latin,
        *literal,
    ]


def forget_organisation(organisation_id: int) -> list[int]:
    """Make text and matches of an organisation's listings outstanding; returns the listings.

    Its name is part of the text, and its verification decides which listings “for members” are
    compared with its own. The listings themselves have not changed.
    """
    entries = IndexEntry.objects.filter(listing__organisation=organisation_id)
    entries.update(indexed_source_at=None, matched_source_at=None)
    return list(entries.order_by("pk").values_list("pk", flat=True))


def unindexed_listings(limit: int, *, only: int | None = None) -> list[int]:
    """Listings without an entry or with a stale one, the longest waiting first (or just one)."""
    missing = Listing.objects.filter(index_entry__isnull=True)
    stale = IndexEntry.objects.stale()
    if only is not None:
        missing, stale = missing.filter(pk=only), stale.filter(pk=only)
        return [*missing.values_list("pk", flat=True), *stale.values_list("pk", flat=True)][:limit]
    ids = look_for("missing", missing, partial(_longest_waiting, "updated_at", limit), "updated_at")
    left = limit - len(ids)
    if left:
        ids += look_for("stale", stale, partial(_longest_waiting, "listing__updated_at", left))
    return ids


def _longest_waiting(moment: str, limit: int, rows: QuerySet) -> list[int]:
    """Counted first: in their order, none at all is found only after a look at each."""
    if not rows.count():
        return []
    return list(rows.order_by(moment, "pk").values_list("pk", flat=True)[:limit])
