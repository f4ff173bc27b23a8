"""What the collection looks like as a whole: which lexemes are common, where embeddings lie."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Avg, Count, F
from django.utils import timezone
from pgvector import HalfVector

from achievements.models import Term
from matching.embedding import EmbeddingError, Vectors, embedder_name, get_embedder
from matching.models import (
    DIMENSIONS,
    CollectionStatistics,
    IndexEntry,
    Lexeme,
    QueryStatistics,
)
from matching.text.tokens import LANGUAGES
from matching.vectors.similarity import PRIOR, leaning

GROWTH = 1.2  # statistics are made anew when the collection has grown or shrunk so much
_MOVED = 0.02  # centres nearer than this to where they were stay (embeddings have length one)
_LABELS = 60
_LOCK = 7402  # 0: who makes the statistics; 1: where the centres are
_MOST = 20_000  # directions read of one part: their mean and covariance do not change with more


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
    asked = QueryStatistics.objects.filter(embedder=name, queries__gte=2 * F("used"))
    return _apart(entries.count(), whole.documents) or _apart(embedded, known) or asked.exists()


def _apart(now: int, then: int) -> bool:
    return not then / GROWTH <= now <= max(then * GROWTH, then + 5)


@transaction.atomic
def refresh_statistics() -> None:
    """Count lexemes and measure embeddings anew, over live listings.

    Readers see the old figures until the transaction ends. One process at a time: a second one
    finds the lock taken and leaves.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, 0)", [_LOCK])
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
    hold_centres(to_move_them=True)
    for part in _measured_parts():
        _note(embedder=embedder_name(), **part)
    _learn_queries()


def hold_centres(*, to_move_them: bool = False) -> None:
    """Until the transaction ends nobody moves the centres; who means to waits for those who hold
    them, so that no direction is written as seen from where a centre was."""
    wait = "pg_advisory_xact_lock" if to_move_them else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {wait}(%s, 1)", [_LOCK])


def _measured_parts() -> Iterator[dict[str, Any]]:
    """The figures of each part that has embeddings, its directions brought up to date."""
    name = embedder_name()
    live = IndexEntry.objects.live().filter(embedder=name, text_embedding__isnull=False)
    counted = live.values_list("kind", "languages").annotate(
        Count("pk"), Avg("title_embedding"), Avg("text_embedding")
    )
    raw = {
        (kind, languages): (count, np.asarray(title), np.asarray(text))
        for kind, languages, count, title, text in counted.order_by("kind", "languages")
    }
    CollectionStatistics.objects.exclude(kind="").exclude(
        pk__in=[
            row.pk
            for row in CollectionStatistics.objects.all()
            if (row.kind, row.languages) in raw and row.embedder == name
        ]
    ).delete()
    for (kind, languages), (count, *_means) in raw.items():
        centres = _settled(kind, languages, _centres(raw, kind, languages))
        entries = live.filter(kind=kind, languages=languages)
        directions = np.array(
            entries.order_by("pk").values_list("direction", flat=True)[:_MOST], dtype=np.float64
        )
        covariance = np.cov(directions, rowvar=False) if len(directions) > 1 else None
        yield {
            "kind": kind,
            "languages": languages,
            "documents": count,
            "title_centre": centres[0],
            "text_centre": centres[1],
            "mean": directions.mean(axis=0),
            "covariance": None if covariance is None else covariance.astype(np.float32).tobytes(),
        }


def _centres(
    raw: Mapping[tuple[str, str], tuple[int, Vectors, Vectors]], kind: str, languages: str
) -> tuple[Vectors, Vectors]:
    """Where a part's embeddings lie; a small part leans on its language, that on all."""
    groups = (
        list(raw.values()),
        [part for (_kind, code), part in raw.items() if code == languages],
        [raw[kind, languages]],
    )
    zero = np.zeros(DIMENSIONS, dtype=np.float32)
    title, text = zero, zero
    for group in groups:
        title = leaning([(count, mean) for count, mean, _text in group], title)
        text = leaning([(count, mean) for count, _title, mean in group], text)
    return title, text


def _settled(
    kind: str, languages: str, centres: tuple[Vectors, Vectors]
) -> tuple[Vectors, Vectors]:
    """The centres from now on; directions are written where centres moved, or one is missing."""
    name = embedder_name()
    moved = True
    row = CollectionStatistics.objects.filter(kind=kind, languages=languages).first()
    if row is not None and row.title_centre is not None and row.text_centre is not None:
        before = np.asarray(row.title_centre), np.asarray(row.text_centre)
        if max(np.linalg.norm(a - b) for a, b in zip(before, centres, strict=True)) < _MOVED:
            centres, moved = before, False
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE matching_indexentry SET direction = l2_normalize(
                l2_normalize(title_embedding - %s::halfvec)
                + l2_normalize(text_embedding - %s::halfvec)
            )
            WHERE kind = %s AND languages = %s AND embedder = %s AND (%s OR direction IS NULL)
            """,
            [*(HalfVector(one).to_text() for one in centres), *(kind, languages, name, moved)],
        )
    return centres


def _learn_queries() -> None:
    """Take what was asked into use; before anything was, the labels of fields stand for it."""
    name = embedder_name()
    for language in LANGUAGES:
        row = QueryStatistics.objects.filter(language=language, embedder=name).first()
        if row is None:
            row = _first_queries(language, name)
        if row is None or row.used == row.queries:
            continue
        row.centre = np.asarray(row.total) / row.queries
        row.used = row.queries
        row.computed_at = timezone.now()
        row.save(update_fields=["centre", "used", "computed_at"])


def _first_queries(language: str, name: str) -> QueryStatistics | None:
    labels = Term.objects.filter(scheme__code="hightech").exclude(**{f"label_{language}": ""})
    texts = list(labels.order_by("pk").values_list(f"label_{language}", flat=True)[:_LABELS])
    if not texts:
        return None
    try:
        vectors = [get_embedder().query(text) for text in texts]
    except EmbeddingError:
        return None
    centre = np.mean(vectors, axis=0)
    QueryStatistics.objects.exclude(embedder=name).filter(language=language).delete()
    return QueryStatistics.objects.create(
        language=language,
        embedder=name,
        queries=PRIOR,
        used=PRIOR,
        total=centre * PRIOR,
        centre=centre,
    )


def _note(*, kind: str, languages: str, **values: object) -> None:
    CollectionStatistics.objects.update_or_create(
        kind=kind, languages=languages, defaults={**values, "computed_at": timezone.now()}
    )
