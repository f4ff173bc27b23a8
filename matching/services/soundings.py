"""Keeping the pinyin of titles, terms and organisations up to date."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from matching.models import Sounding
from matching.text.pinyin import as_vector, sounds_of

_BATCH = 500
_LONGEST = 300

_SOURCES = {
    Sounding.Kind.TITLE: ("achievements_listing", "title_zh"),
    Sounding.Kind.FIELD: ("achievements_term", "label_zh"),
    Sounding.Kind.ORGANISATION: ("accounts_organisation", "name_zh"),
}
_OUTSTANDING = """
SELECT source.id, left(source.{column}, %s) FROM {table} AS source
LEFT JOIN matching_sounding AS sounding ON sounding.kind = %s AND sounding.ref = source.id
WHERE coalesce(sounding.text, '') <> left(source.{column}, %s){only} LIMIT %s
"""
_WRITE = """
INSERT INTO matching_sounding (kind, ref, text, sounds)
SELECT %s, ref, text, sounds::tsvector
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS made (ref, text, sounds)
ON CONFLICT (kind, ref) DO UPDATE SET text = EXCLUDED.text, sounds = EXCLUDED.sounds
"""


def refresh_soundings(limit: int = 5000) -> int:
    """Read every title, term and organisation whose Chinese name changed; returns how many.

    What a message announced or not makes no difference: the names themselves say what is missing.
    Safe to repeat.
    """
    return sum(_refresh(kind, None, limit) for kind in _SOURCES)


def refresh_titles(listing_ids: Iterable[int]) -> int:
    """The same for the titles of these listings, inside the transaction that saves them."""
    return _refresh(Sounding.Kind.TITLE, sorted(set(listing_ids)), _BATCH)


def _refresh(kind: Sounding.Kind, only: list[int] | None, limit: int) -> int:
    table, column = _SOURCES[kind]
    narrowed = "" if only is None else " AND source.id = ANY(%s)"
    statement = _OUTSTANDING.format(table=table, column=column, only=narrowed)
    done = 0
    while done < limit:
        values: list[Any] = [_LONGEST, kind, _LONGEST, *([] if only is None else [only]), _BATCH]
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = cursor.fetchall()
            if not rows:
                break
            vectors = [as_vector(sounds_of(text)) for _pk, text in rows]
            cursor.execute(
                _WRITE, [kind, [pk for pk, _text in rows], [text for _pk, text in rows], vectors]
            )
        done += len(rows)
        if len(rows) < _BATCH:
            break
    return done
