"""Forgetting an erased person: index entries, quoted passages, notes, statistics of words."""

from django.db import connection
from django.db.models import Q

from accounts.redacting import Names
from matching.models import (
    AnsweredQuery,
    Curation,
    Decision,
    DuplicatePair,
    IndexEntry,
    ListingFingerprint,
    Match,
    PanelPlace,
    ShortlistEntry,
    UnansweredQuery,
)
from matching.text.tokens import fold

_WORDS = """
SELECT DISTINCT word.lexeme FROM matching_indexentry AS entry, unnest(entry.vector) AS word
WHERE entry.listing_id = ANY(%s)
"""
_DROP_WORDS = """
DELETE FROM matching_lexeme AS lexeme WHERE lexeme.lexeme = ANY(%s) AND NOT EXISTS (
    SELECT FROM matching_indexentry AS entry
    WHERE entry.vector @@ quote_literal(lexeme.lexeme)::tsquery
)
"""


def forget_person(*, listing_ids: list[int], profiles: list[int], names: Names) -> None:
    """Throw away what was read of the listings and said of the profiles. Call it inside the
    transaction that erases the person, before the listings are indexed anew.

    Matches keep score, answers and reasons from the closed lists, for the statistics; their quoted
    passages, a curator's reason and the notes go. Panels keep the place with its number.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [listing_ids])
        words = [word for (word,) in cursor.fetchall()]
        IndexEntry.objects.filter(pk__in=listing_ids).delete()
        cursor.execute(_DROP_WORDS, [words])
    ListingFingerprint.objects.filter(pk__in=listing_ids).delete()
    DuplicatePair.objects.filter(Q(first__in=profiles) | Q(second__in=profiles)).delete()
    Match.objects.filter(candidate__in=profiles).update(reasons=[], moves=[], is_current=False)
    for match in Match.objects.filter(candidate__in=set(listing_ids) - set(profiles)):
        if names.are_in(str(match.reasons)):
            Match.objects.filter(pk=match.pk).update(reasons=names.taken_out(match.reasons))
    Curation.objects.filter(match__candidate__in=profiles).update(reason="")
    Decision.objects.filter(match__candidate__in=profiles).update(note="", facts={}, change={})
    PanelPlace.objects.filter(expert__in=profiles).update(note="")
    ShortlistEntry.objects.filter(listing__in=profiles).delete()
    for model in (UnansweredQuery, AnsweredQuery):
        asked = Q(pk__in=[])
        for text in names.texts:
            asked |= Q(text__icontains=fold(text)) | Q(text__icontains=text)
        model._default_manager.filter(asked).delete()
