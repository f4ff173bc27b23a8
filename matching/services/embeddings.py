"""The vectors of index entries, made later by a worker."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet
from pgvector import HalfVector

from matching.embedding import Reading, Vectors, content_hash, embedder_name, get_embedder
from matching.models import IndexEntry, Passages
from matching.services.idle import look_for
from matching.services.statistics import hold_centres
from matching.text.documents import Document, document_of, load_listings
from matching.text.tokens import joined
from matching.vectors.quantization import as_bytes
from matching.vectors.similarity import direction_of, same_statistics, unit

ADVISORY_EMBED = 7401  # the first key of the advisory locks that claim entries for embedding
MOST_PASSAGES = 32  # of one listing
LONGEST = 280  # characters of a passage that are kept, to be quoted


@dataclass(frozen=True)
class Embedded:
    """What an embedder makes of a document: the title's vector, the whole text's, its passages."""

    title: HalfVector
    text: HalfVector
    passages: tuple[str, ...]
    rows: bytes


@transaction.atomic
def embed_entries(listing_ids: Iterable[int] | None = None, *, limit: int = 16) -> int:
    """Embed up to ``limit`` outstanding entries of live listings (of these, or of all).

    Several processes may run it at once: an advisory lock claims each entry, so that saving a
    listing never waits for a model. ``embedded_source_at`` is the state of the listing that was
    read, so a change in the meantime leaves the entry outstanding. Texts that were embedded
    before, here or in another listing, are not embedded again. Returns how many were written.
    Raises EmbeddingError.
    """
    ids = _claim(listing_ids, limit)
    documents = [document_of(one) for one in load_listings(ids)]
    hashes = {one.listing_id: _hash_of(one) for one in documents}
    known = _known(set(hashes.values()))
    new = {hashes[one.listing_id]: one for one in documents if hashes[one.listing_id] not in known}
    if new:
        known |= dict(zip(new, embed_documents(list(new.values())), strict=True))
    hold_centres()
    with same_statistics():
        for one in documents:
            _write(one, known[hashes[one.listing_id]], hashes[one.listing_id])
    Passages.objects.bulk_create(
        [
            Passages(
                entry_id=one.listing_id,
                texts=list(known[hashes[one.listing_id]].passages),
                vectors=known[hashes[one.listing_id]].rows,
            )
            for one in documents
        ],
        update_conflicts=True,
        unique_fields=["entry"],
        update_fields=["texts", "vectors"],
    )
    return len(documents)


def _hash_of(document: Document) -> str:
    texts = [text for title, parts in document.readings for text in (title, *parts)]
    # What is read, too: it was not always without the spaces in Chinese.
    return content_hash(*texts, *(read for text in texts if (read := joined(text)) != text))


def _write(document: Document, made: Embedded, digest: str) -> None:
    way = direction_of(_plain(made.title), _plain(made.text), document.kind, document.languages)
    IndexEntry.objects.filter(pk=document.listing_id).update(
        title_embedding=made.title,
        text_embedding=made.text,
        direction=HalfVector(way),
        embedder=embedder_name(),
        content_hash=digest,
        embedded_source_at=document.updated_at,
    )


def embed_documents(documents: Sequence[Document]) -> list[Embedded]:
    """What the embedder in use makes of each document.

    Each language of a bilingual listing is read for itself and the mean is taken, so that neither
    crowds the other out of the model's window and both weigh the same. So is each work of a
    person. Raises EmbeddingError.
    """
    wanted = {text: None for document in documents for text in document.readings}
    embedder = get_embedder()
    asked = [[joined(part) for part in parts] for _title, parts in wanted]
    read = dict(zip(wanted, embedder.readings(asked), strict=True))
    # Where there is nothing but a title, or none at all, the text stands for it.
    titles = list({title: None for title, parts in wanted if title and parts != (title,)})
    rows = embedder.passages([joined(title) for title in titles]) if titles else ()
    named = dict(zip(titles, rows, strict=True))
    return [_embedded([(text, read[text]) for text in one.readings], named) for one in documents]


def _embedded(
    readings: Sequence[tuple[tuple[str, tuple[str, ...]], Reading]], named: Mapping[str, Vectors]
) -> Embedded:
    passages = [
        (part[:LONGEST].rstrip(), row)
        for (_title, parts), reading in readings
        for part, row in zip(parts, reading.sentences, strict=False)  # what was read of them
    ][:MOST_PASSAGES]
    return Embedded(
        title=_mean([named.get(title, reading.whole) for (title, _parts), reading in readings]),
        text=_mean([reading.whole for _text, reading in readings]),
        passages=tuple(text for text, _row in passages),
        rows=as_bytes(np.array([row for _text, row in passages])),
    )


def _mean(vectors: Sequence[Vectors]) -> HalfVector:
    return HalfVector(unit(np.mean(vectors, axis=0)))


def _plain(vector: HalfVector) -> Vectors:
    return np.asarray(vector.to_list(), dtype=np.float32)


def _claim(listing_ids: Iterable[int] | None, limit: int) -> list[int]:
    """Outstanding entries that no other process has taken, locked until the transaction ends."""
    if listing_ids is None:
        candidates = unembedded_entries(limit * 8)
    else:
        rows = IndexEntry.objects.live().unembedded(embedder_name())
        candidates = _longest_waiting(limit * 8, rows.filter(pk__in=list(listing_ids)))
    claimed: list[int] = []
    with connection.cursor() as cursor:
        for pk in candidates:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s)", [ADVISORY_EMBED, pk & 0x7FFFFFFF]
            )
            if cursor.fetchone()[0]:
                claimed.append(pk)
            if len(claimed) == limit:
                break
    # Another process may have finished one between the look and the lock.
    still = IndexEntry.objects.unembedded(embedder_name()).filter(pk__in=claimed)
    return list(still.order_by("pk").values_list("pk", flat=True))


def unembedded_entries(limit: int) -> list[int]:
    """Listings with an entry whose embeddings are outstanding, the longest waiting first."""
    rows = IndexEntry.objects.live().unembedded(embedder_name())
    return look_for(("unembedded", embedder_name()), rows, partial(_longest_waiting, limit))


def _longest_waiting(limit: int, rows: QuerySet) -> list[int]:
    return list(rows.order_by("indexed_source_at", "pk").values_list("pk", flat=True)[:limit])


def _known(hashes: set[str]) -> dict[str, Embedded]:
    """What entries with the same content already have."""
    entries = IndexEntry.objects.filter(
        content_hash__in=hashes,
        embedder=embedder_name(),
        title_embedding__isnull=False,
        text_embedding__isnull=False,
        passages__isnull=False,
    ).values_list(
        "content_hash", "title_embedding", "text_embedding", "passages__texts", "passages__vectors"
    )
    return {
        digest: Embedded(HalfVector(title), HalfVector(text), tuple(texts), bytes(rows))
        for digest, title, text, texts, rows in entries
        if title is not None and text is not None
    }
