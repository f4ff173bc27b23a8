"""What the collection looks like as a whole: which lexemes are common, where embeddings lie."""

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from achievements.models import Listing
from matching.embedding import embedder_name
from matching.models import DIMENSIONS, CollectionStatistics, IndexEntry, Lexeme

GROWTH = 1.2  # statistics are made anew when the collection has grown or shrunk so much
_MOST = 20_000  # vectors read of one part: their mean and covariance do not change with more


def statistics_due() -> bool:
    """Whether the collection has changed so much in size that its statistics mislead."""
    name = embedder_name()
    whole = CollectionStatistics.objects.filter(kind="").first()
    entries = IndexEntry.objects.live()
    if whole is None:
        return entries.exists()
    embedded = entries.filter(embedder=name, embedded_source_at__isnull=False).count()
    known = sum(
        CollectionStatistics.objects.exclude(kind="")
        .filter(embedder=name)
        .values_list("documents", flat=True)
    )
    return _apart(entries.count(), whole.documents) or _apart(embedded, known)


def _apart(now: int, then: int) -> bool:
    return not then / GROWTH <= now <= max(then * GROWTH, then + 5)


@transaction.atomic
def refresh_statistics() -> None:
    """Count lexemes and measure embeddings anew, over live listings.

    Readers see the old figures until the transaction ends. One process at a time: a second one
    finds the lock taken and leaves.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(7402, 0)")
        if not cursor.fetchone()[0]:
            return
        Lexeme.objects.all().delete()
        cursor.execute(
            """
            INSERT INTO matching_lexeme (lexeme, place, documents)
            SELECT word, ('x' || substr(md5(word), 1, 7))::bit(28)::int, ndoc FROM ts_stat($$
                SELECT vector FROM matching_indexentry AS entry
                JOIN achievements_listing AS listing ON listing.id = entry.listing_id
                WHERE listing.state = 'published'
            $$)
            """
        )
    _note(kind="", languages="", documents=IndexEntry.objects.live().count())
    name = embedder_name()
    parts = IndexEntry.objects.live().filter(embedder=name, text_embedding__isnull=False)
    seen = []
    for kind in Listing.Kind.values:
        for languages in ("en", "zh", "enzh"):
            entries = parts.filter(kind=kind, languages=languages)
            rows = entries.order_by("pk").values_list("title_embedding", "text_embedding")[:_MOST]
            pairs = np.array([[title, text] for title, text in rows], dtype=np.float64)
            vectors = pairs.reshape(-1, 2, DIMENSIONS).mean(axis=1)
            if not len(vectors):
                continue
            covariance = np.cov(vectors, rowvar=False) if len(vectors) > 1 else None
            _note(
                kind=kind,
                languages=languages,
                embedder=name,
                documents=entries.count(),
                mean=vectors.mean(axis=0),
                covariance=None if covariance is None else covariance.astype(np.float32).tobytes(),
            )
            seen.append((kind, languages))
    for row in CollectionStatistics.objects.exclude(kind=""):
        if (row.kind, row.languages) not in seen:
            row.delete()


def _note(*, kind: str, languages: str, **values: object) -> None:
    CollectionStatistics.objects.update_or_create(
        kind=kind, languages=languages, defaults={**values, "computed_at": timezone.now()}
    )
