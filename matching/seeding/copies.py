"""Listings once more under other numbers: the same words and facts, embeddings of their own.

Reading and weighing words is most of the work of load data. A listing and its copy have the same
text, so they have the same text part, made once by the code that serves production; in a
collection of copies common words are as frequent as in one of different texts, rare ones are not.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection

from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    IPRight,
    Listing,
    RequirementRow,
)
from matching.embedding import embedder_name
from matching.seeding.catalogue import MARK
from matching.seeding.entries import HASH

_EARLIER = 1013  # seconds by which each copy is older than the one before

_ENTRIES = f"""
INSERT INTO matching_indexentry (
    listing_id, kind, languages, vector, lexical, indexed_source_at, embedded_source_at,
    title_embedding, text_embedding, direction, embedder, content_hash, matched_documents
)
SELECT load.listing_id, kind, languages, vector, lexical, updated_at, updated_at,
    load.title, load.text, load.direction, %(embedder)s, {HASH}, 0
FROM load_vectors AS load
JOIN achievements_listing ON id = load.listing_id
JOIN (
    SELECT listing_id + %(away)s AS number, languages, vector, lexical FROM matching_indexentry
    WHERE listing_id BETWEEN %(first)s AND %(last)s
) AS source ON number = load.listing_id
ORDER BY load.listing_id
"""  # noqa: S608 - only a constant is put into the text


def copy_listings(sources: range, away: int) -> None:
    """Write listings again whose numbers are ``away`` from those of their sources."""
    asked: dict[str, Any] = {
        "first": sources[0],
        "last": sources[-1],
        "away": away,
        "mark": f"{MARK}-",
    }
    asked["earlier"] = away // len(sources) * _EARLIER % 86_400
    earlier = {
        name: f"{name} - make_interval(secs => %(earlier)s)"
        for name in ("published_at", "created_at", "updated_at")
    }
    with connection.cursor() as cursor:
        own = {"external_id": "%(mark)s || (id + %(away)s)", **earlier}
        cursor.execute(_copy(Listing, "id", own), asked)
        for model, key in (
            *((kind, "listing_ptr_id") for kind in (Achievement, Demand, Expert)),
            *((Listing.fields.through, "listing_id"), (IPRight, "achievement_id")),
            *((EvidenceRow, "achievement_id"), (RequirementRow, "demand_id")),
        ):
            cursor.execute(_copy(model, key, {}), asked)


def copy_entries(sources: range, away: int) -> None:
    """Write the entries of copies; ``load_vectors`` has their embeddings."""
    asked: dict[str, Any] = {
        "first": sources[0],
        "last": sources[-1],
        "away": away,
        "mark": f"{MARK} ",
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, {**asked, "embedder": embedder_name()})


def _copy(model: type[Any], key: str, own: Mapping[str, str]) -> str:
    names = [
        field.column
        for field in model._meta.local_concrete_fields
        if field.column == key or not field.primary_key
    ]
    values = [f"{name} + %(away)s" if name == key else own.get(name, name) for name in names]
    return (
        f"INSERT INTO {model._meta.db_table} ({', '.join(names)})"  # noqa: S608 - names of models
        f" SELECT {', '.join(values)} FROM {model._meta.db_table}"
        f" WHERE {key} BETWEEN %(first)s AND %(last)s ORDER BY {key}"
    )
