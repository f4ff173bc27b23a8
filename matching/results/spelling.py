"""“Did you mean”: words near to a mistyped one, from what everyone may read."""

import re
from difflib import SequenceMatcher

from django.utils import timezone

from matching.filtersets import SearchFilterSet
from matching.sql.reading import reading

ALIKE = 0.7  # the least share of letters that a suggestion has in common with what was typed
_MOST_WORDS = 8
_WORD = re.compile(r"(?<![^\W_])[A-Za-z]{4,30}(?![^\W_])")

# Lexemes are stems, so the stems are compared and the word is then taken from a listing that has
# it: a live one of the layer that everyone may read.
_SUGGEST = """
WITH typed AS (
    SELECT word, (tsvector_to_array(to_tsvector('english', word)))[1] AS stem
    FROM unnest(%s::text[]) AS word
), missing AS (
    SELECT * FROM typed WHERE stem ~ '^[a-z]+$' AND NOT EXISTS (
        SELECT FROM matching_indexentry WHERE vector @@ stem::tsquery
    )
), near AS (
    SELECT word, stem, lexeme, documents FROM missing, LATERAL (
        SELECT lexeme, documents FROM matching_lexeme
        WHERE lexeme %% stem AND lexeme ~ '^[a-z]{3,}$'
        ORDER BY similarity(lexeme, stem) DESC, documents DESC LIMIT 6
    ) AS alike
)
SELECT word, stem, lexeme, documents, token FROM near, LATERAL (
    SELECT token FROM matching_indexentry AS entry
    JOIN achievements_listing AS listing ON listing.id = entry.listing_id,
    regexp_split_to_table(
        lower(concat_ws(' ', title_en, array_to_string(keywords_en, ' '), summary_en)), '[^a-z]+'
    ) AS token
    WHERE entry.vector @@ lexeme::tsquery AND listing.state = 'published'
        AND listing.visibility = 'public'
        AND (listing.expires_at IS NULL OR listing.expires_at > %s)
        AND to_tsvector('english', token) @@ lexeme::tsquery
    LIMIT 1
) AS shown
"""


def did_you_mean(search: SearchFilterSet) -> str | None:
    """The query with each Latin word that occurs nowhere replaced by the one most like it.

    One short statement, and none where every word is known. Only words of live public listings
    are suggested.
    """
    query = search.text_query
    if query is None or all(one.documents for one in query.lexemes if one.text.isascii()):
        return None
    typed = list(dict.fromkeys(word.lower() for word in _WORD.findall(search.query.words)))
    if not typed:
        return None
    with reading().cursor() as cursor:
        cursor.execute(_SUGGEST, [typed[:_MOST_WORDS], timezone.now()])
        rows = cursor.fetchall()
    best: dict[str, tuple[float, int, str]] = {}
    for word, stem, lexeme, documents, token in rows:
        alike = SequenceMatcher(None, stem, lexeme).ratio()
        if alike >= ALIKE and token != word:
            best[word] = max(best.get(word, (0.0, 0, "")), (round(alike, 2), documents, token))
    if not best:
        return None

    def mend(match: re.Match[str]) -> str:
        found = best.get(match[0].lower())
        return found[2] if found else match[0]

    return _WORD.sub(mend, search.query.text)
