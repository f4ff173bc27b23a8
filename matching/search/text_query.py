"""Search: what is found by words and by meaning.

Whether a listing belongs to the results of a text depends on the text and the listing alone, never
on the filters chosen. So filters and visibility only narrow what is found, and the count beside a
filter is what a click on it shows.

A listing belongs to the results when it contains all words; when too few do, also when it
contains words that carry enough of the query's weight; or when it lies unusually near in meaning.
In which order results come is said in :mod:`matching.search.relevance`.
"""

from dataclasses import dataclass
from functools import cache, cached_property, partial

import numpy as np
from django.db.models import Q, QuerySet
from pgvector import HalfVector

from achievements.querysets import ListingQuerySet
from matching.embedding import Vectors, embed_query
from matching.facets.listing_set import ListingSet
from matching.models import IndexEntry
from matching.search.found_cache import TextFound, found_again
from matching.search.lexemes import (
    ENOUGH,
    Lexeme,
    bm25,
    contains,
    enough_words,
    read_lexemes,
    telling,
    tsquery,
    weights_text,
)
from matching.search.word_cache import holders
from matching.sql.columns import Numbers, among, as_text, is_one_of
from matching.sql.parallel import Work, gather
from matching.sql.reading import reading
from matching.sql.statements import Statement, slot
from matching.text.tokens import fold, languages_of
from matching.vectors.nearest import is_small
from matching.vectors.nearness import (
    COLUMNS,
    Found,
    bars,
    near_bar,
    near_entries,
    nearness_of,
    seen_by,
    together,
    walks,
)
from matching.vectors.scales import Scales, scales
from matching.vectors.similarity import (
    asking,
    is_measured,
    learn_query,
    query_direction,
    same_statistics,
)

COVERED = 0.45  # of the query's weight, where not all words are there
MANY = 3000  # so many that contain a telling word are not looked at one by one
EVERYWHERE = 5000  # of a word that more entries have, the nearness of each is not asked


@dataclass(frozen=True)
class TextQuery:
    """A query's text, taken apart."""

    text: str
    languages: frozenset[str]
    lexemes: tuple[Lexeme, ...]
    needs_all: bool
    vector: Vectors | None
    scales: Scales

    @cached_property
    def vector_text(self) -> str | None:
        """The vector as the database reads it."""
        return None if self.vector is None else HalfVector(self.vector).to_text()

    @cached_property
    def words_text(self) -> str:
        """The words with their weights as the database reads them."""
        return weights_text(self.lexemes)

    @property
    def weight(self) -> float:
        """What all words weigh together; never nothing."""
        return sum(one.weight for one in self.lexemes) or 1.0

    @cached_property
    def found(self) -> TextFound:
        """What belongs to the results; asked once."""
        return find(self)


@same_statistics()
def read_query(text: str) -> TextQuery:
    """Take a query's text apart: at most four short statements, and one embedding.

    While no embedding can be had, or nobody measured yet how the collection lies, the query is
    answered by words alone.
    """
    lexemes = read_lexemes(text)
    languages = languages_of(fold(text))
    language = query_language(text)
    vector = None
    if text.strip() and is_measured():
        vector = embed_query(text, lambda new: learn_query(new, language))
    if vector is not None:
        vector = asking(query_direction(vector, language))
    known = scales(vector) if vector is not None else {}
    return TextQuery(
        text=text,
        languages=languages,
        lexemes=lexemes,
        needs_all=_enough_with_all(lexemes),
        vector=vector,
        scales=known,
    )


@same_statistics()
def find(query: TextQuery) -> TextFound:
    """The listings that belong to the results by their words or by their meaning, live or not.

    One statement, which also says how near in meaning what it finds is. In a large collection two
    more for each kind ask the vector index, and again as many where it is asked further; of a word
    that very many have, only what the index knows to be near is known to be; and what was found a
    moment ago is brought up to date (:mod:`matching.search.found_cache`).
    """
    if is_small() or query.vector is None:
        return _look(query)
    return found_again(query.text, lambda: _look(query), lambda changed: _seen(query, changed))


def _look(query: TextQuery) -> TextFound:
    walked: tuple[Work, ...] = ()
    if query.vector is not None and not is_small():
        walked = walks(query.vector, query.scales)
    (listings, seen), *met = gather(partial(_by_words, query), *walked)
    near = together([_NOTHING, *met])
    there = (near.nearness >= near_bar()) | listings.has(near.listings)
    # What the index gave in front, so that of two it is kept: it knows the nearness.
    known = np.concatenate([near.listings[there], seen.listings])
    known, first = np.unique(known, return_index=True)
    nearness = np.concatenate([near.nearness[there], seen.nearness])[first]
    return TextFound(listings | ListingSet.of(known), Found(known, nearness))


def _by_words(query: TextQuery) -> tuple[ListingSet, Found]:
    """What belongs to the results by its words, and how near it is as far as that was asked.

    In a small collection also what is near.
    """
    if _is_everywhere(query):
        return holders(tsquery(query.lexemes, "&")), _NOTHING
    found = _NOTHING
    if query.lexemes or (query.vector is not None and is_small()):
        found = _seen(query)
    return ListingSet.of(found.listings), found


_NOTHING = Found(np.empty(0, np.int64), np.empty(0))


def _is_everywhere(query: TextQuery) -> bool:
    one_word = len(query.lexemes) == 1 and not is_small()
    return one_word and query.lexemes[0].documents > EVERYWHERE


def query_language(text: str) -> str:
    """Where a query's vector lies: with the Chinese ones when it has any Chinese."""
    return "zh" if "zh" in languages_of(fold(text)) else "en"


def _enough_with_all(lexemes: tuple[Lexeme, ...]) -> bool:
    if len(lexemes) < 2:
        return True
    with reading().cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM matching_indexentry"
            " WHERE vector @@ %s::tsquery LIMIT %s) AS found",
            [tsquery(lexemes, "&"), ENOUGH],
        )
        return bool(cursor.fetchone()[0] >= ENOUGH)


def _seen(query: TextQuery, changed: Numbers | None = None) -> Found:
    """What belongs to the results by its words; in a small collection also what is near.

    Or what belongs for either reason of some that changed.
    """
    words = all_words = tsquery(query.lexemes, "&")
    weighs = False
    if not query.needs_all:
        some = telling(query.lexemes)
        weighs = sum(one.documents for one in some) <= MANY
        words = tsquery(some, "|") if weighs else enough_words(query.lexemes)
    sees = query.vector is not None
    scans = sees and (is_small() or changed is not None)
    statement = _asking(
        reads=bool(query.lexemes),
        weighs=weighs,
        sees=sees,
        scans=scans,
        some=changed is not None,
    )
    listings, similarity, codes = statement.columns(
        COLUMNS,
        vector=query.vector_text,
        words=words,
        all=all_words,
        weights=query.words_text,
        enough=COVERED * query.weight,
        some=as_text(changed) if changed is not None else None,
        **bars(query.scales),
    )
    return Found(listings, nearness_of(similarity, codes, query.scales))


@cache
def _asking(*, reads: bool, weighs: bool, sees: bool, scans: bool, some: bool) -> Statement:
    """Entries that contain the words, or a word and enough of the weight of all; or are near.

    With how near each is to the query's vector, if it has one. Of all entries, or of ``some``.
    """
    parts: list[QuerySet[IndexEntry]] = []
    vector = slot("vector", "halfvec") if sees else None
    if reads:
        parts.append(IndexEntry.objects.filter(contains(slot("words", "tsquery"))))
    if weighs:
        enough = Q(cover__gte=slot("enough", "float8")) | Q(contains(slot("all", "tsquery")))
        parts = [parts[0].alias(cover=bm25(slot("weights", "sparsevec"))).filter(enough)]
    if scans and vector is not None:
        parts.append(near_entries(vector))
    if some:
        parts = [part.filter(is_one_of(slot("some", "bigint[]"))) for part in parts]
    rows = [part.order_by().values_list("pk", *seen_by(vector)) for part in parts]
    return Statement(rows[0].union(*rows[1:], all=True) if rows[1:] else rows[0])


def matching_listings(queryset: ListingQuerySet, query: TextQuery) -> ListingQuerySet:
    """Those of the given listings that belong to the results of the query."""
    return queryset.filter(among(query.found.listings.numbers()))
