"""Search: what is found by words and by meaning, and one score for both.

Whether a listing belongs to the results of a text depends on the text and the listing alone, never
on the filters chosen. So filters and visibility only narrow what is found, and the count beside a
filter is what a click on it shows.

A listing belongs to the results when it contains all words; when too few do, also when it
contains words that carry enough of the query's weight; or when it lies unusually near in meaning.
The score adds both, each in deviations above what is usual: normalised scores, not ranks, because
a list of words without real hits still hands out ranks. Words count little where query and listing
share no language: what they then share are stray numbers and names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Case, F, FloatField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Length, Ord
from numpy.typing import NDArray
from pgvector import HalfVector
from pgvector.django import MaxInnerProduct

from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.columns import Numbers, among, read_columns
from matching.embedding import Vectors, embed_query
from matching.lexemes import (
    ENOUGH,
    Lexeme,
    contains,
    covered,
    enough_words,
    has_words,
    read_lexemes,
    telling,
    tsquery,
    word_scale,
    word_score,
)
from matching.models import IndexEntry
from matching.nearest import indexed_columns, is_small
from matching.similarity import (
    USUAL,
    Scale,
    Scales,
    asking,
    collection_size,
    learn_query,
    query_direction,
    same_statistics,
    scales,
)
from matching.text import fold, languages_of

NEAR = 1.75  # deviations above the mean from which a listing is near in meaning
UNKNOWN = NEAR / 2  # what is taken for the nearness of one that is not embedded
MOST_NEAR = 200  # about so many are near at most: the bar rises with the collection
COVERED = 0.45  # of the query's weight, where not all words are there
MANY = 3000  # so many that contain a telling word are not looked at one by one
FURTHER = 4  # times as far the vector index is asked where all that it gave is near
EVERYWHERE = 5000  # of a word that more entries have, the nearness of each is not asked
WORD_WEIGHT = 0.3  # what a deviation of the words counts beside one of the meaning
STRAY = 0.15  # of that, where query and listing share no language


@dataclass(frozen=True)
class Found:
    """What a text finds: listings ascending, and how near in meaning each is, as z.

    Where that is not known yet, z is what one usually has that is found by its words.
    """

    listings: Numbers
    nearness: NDArray[np.float64]


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
    def found(self) -> Found:
        """What belongs to the results; asked once."""
        return find(self)


@same_statistics()
def read_query(text: str) -> TextQuery:
    """Take a query's text apart: at most four short statements, and one embedding.

    While no embedding can be had, the query is answered by words alone.
    """
    lexemes = read_lexemes(text)
    languages = languages_of(fold(text))
    language = query_language(text)
    vector = embed_query(text, lambda new: learn_query(new, language)) if text.strip() else None
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
def find(query: TextQuery) -> Found:
    """The listings that belong to the results by their words or by their meaning, live or not.

    One statement, which also says how near in meaning what it finds is; four more to ask the
    vector index of a large collection, eight where it is asked further. Of a word that very many
    have, only what the index knows to be near is known to be.
    """
    parts = [worded(query)] if query.lexemes else []
    if query.vector is not None and is_small():
        parts.append(near_entries(query.vector, query.scales))
    if not parts:
        return Found(np.empty(0, np.int64), np.empty(0))
    vector = None if len(parts) == 1 and _is_everywhere(query) else query.vector
    rows = [part.order_by().values_list("pk", *_seen_by(vector)) for part in parts]
    columns = read_columns(rows[0].union(*rows[1:], all=True), ["i8", "f8", "f8"])
    listings, nearness = columns[0], _z(columns[1], columns[2], query.scales)
    if query.vector is not None and not is_small():
        near = _by_index(query.vector, query.scales)
        there = (near.nearness >= near_bar()) | np.isin(near.listings, listings)
        # In front, so that of two it is kept: it knows the nearness.
        listings = np.concatenate([near.listings[there], listings])
        nearness = np.concatenate([near.nearness[there], nearness])
    listings, first = np.unique(listings, return_index=True)
    return Found(listings, nearness[first])


def _is_everywhere(query: TextQuery) -> bool:
    return len(query.lexemes) == 1 and query.lexemes[0].documents > EVERYWHERE


def _seen_by(vector: Vectors | None) -> tuple[Combinable, Combinable]:
    """The similarity of an entry's direction to a vector, NaN where unknown, and its part.

    Deviations made of them by :func:`_z` are those of :func:`deviations`, in half the time.
    """
    nothing = Value(float("nan"), output_field=FloatField())
    if vector is None:
        return nothing, Value(0.0, output_field=FloatField())
    product = MaxInnerProduct(F("direction"), HalfVector(vector))
    code = Ord("kind") * 1000 + Ord("languages") * 4 + Length("languages")
    similarity = Coalesce(Value(-1.0) * product, nothing, output_field=FloatField())
    return similarity, Cast(code, FloatField())


def _code(kind: str, languages: str) -> int:
    return ord(kind[0]) * 1000 + ord(languages[0]) * 4 + len(languages)


def _z(similarity: Any, codes: Any, known: Scales) -> NDArray[np.float64]:
    """How many deviations similarities are above the mean of their parts; or what is usual."""
    by_code: Mapping[float, Scale] = {_code(*part): scale for part, scale in known.items()}
    found = np.full(len(similarity), UNKNOWN)
    there = ~np.isnan(similarity)
    for code in np.unique(codes[there]).tolist():
        scale = by_code.get(code, Scale(*USUAL))
        own = there & (codes == code)
        found[own] = (similarity[own] - scale.mean) / scale.deviation
    return found


def query_language(text: str) -> str:
    """Where a query's vector lies: with the Chinese ones when it has any Chinese."""
    return "zh" if "zh" in languages_of(fold(text)) else "en"


def _enough_with_all(lexemes: tuple[Lexeme, ...]) -> bool:
    if len(lexemes) < 2:
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM matching_indexentry"
            " WHERE vector @@ %s::tsquery LIMIT %s) AS found",
            [tsquery(lexemes, "&"), ENOUGH],
        )
        return bool(cursor.fetchone()[0] >= ENOUGH)


def near_bar() -> float:
    """Deviations above the mean that make a listing near in a collection of this size."""
    size = collection_size()
    if size <= 2 * MOST_NEAR:
        return NEAR
    return max(NEAR, NormalDist().inv_cdf(1 - MOST_NEAR / size))


def near_entries(vector: Vectors, known: Scales) -> QuerySet[IndexEntry]:
    """Live entries unusually near to a vector, by the exact scan."""
    return IndexEntry.objects.live().alias(z=deviations(vector, known)).filter(z__gte=near_bar())


def near_found(vector: Vectors, known: Scales) -> Found:
    """What :func:`near_entries` finds, by the index where the collection is large."""
    if is_small():
        rows = near_entries(vector, known).order_by().values_list("pk", *_seen_by(vector))
        listings, similarity, codes = read_columns(rows, ["i8", "f8", "f8"])
        return Found(listings, _z(similarity, codes, known))
    near = _by_index(vector, known)
    there = near.nearness >= near_bar()
    return Found(near.listings[there], near.nearness[there])


def _by_index(vector: Vectors, known: Scales) -> Found:
    """What the vector index gives of each kind, and how near it is.

    Where all that it gives of a kind is near there is more, and the index is asked for more.
    """
    listings, similarity, codes = indexed_columns(vector, _seen_by(vector))
    nearness = _z(similarity, codes, known)
    initials, bar = codes // 1000, near_bar()
    full = [one for one in np.unique(initials) if nearness[initials == one].min() >= bar]
    if not full:
        return Found(listings, nearness)
    kinds = [kind for kind in Listing.Kind.values if ord(kind[0]) in full]
    more = indexed_columns(vector, _seen_by(vector), kinds=kinds, times=FURTHER)
    rest = ~np.isin(initials, full)
    return Found(
        np.concatenate([listings[rest], more[0]]),
        np.concatenate([nearness[rest], _z(more[1], more[2], known)]),
    )


def deviations(vector: Vectors, known: Scales, prefix: str = "") -> Combinable:
    """The z of an entry: how near its direction is to this one, on its part's scale.

    ``prefix`` leads to the entry, as in ``index_entry__``. Null where it is not embedded.
    """
    # Both are of length one, so their product is the cosine, at a third of the work.
    product = MaxInnerProduct(F(f"{prefix}direction"), HalfVector(vector))
    similarity = Value(-1.0) * product
    mean, deviation = (
        Case(
            *(
                When(
                    **{f"{prefix}kind": kind, f"{prefix}languages": languages},
                    then=Value(getattr(scale, name)),
                )
                for (kind, languages), scale in known.items()
            ),
            default=Value(usual),
            output_field=FloatField(),
        )
        for name, usual in zip(("mean", "deviation"), USUAL, strict=True)
    )
    return (similarity - mean) / deviation


def worded(query: TextQuery) -> QuerySet[IndexEntry]:
    """Entries that belong to the results by their words."""
    if not query.lexemes:
        return IndexEntry.objects.none()
    if query.needs_all:
        return IndexEntry.objects.filter(has_words(query.lexemes, "&"))
    some = telling(query.lexemes)
    if sum(one.documents for one in some) > MANY:
        return IndexEntry.objects.filter(contains(enough_words(query.lexemes)))
    rows = IndexEntry.objects.filter(has_words(some, "|"))
    enough = Q(cover__gte=COVERED) | Q(has_words(query.lexemes, "&"))
    return rows.alias(cover=covered(query.lexemes)).filter(enough)


def matching_listings(queryset: ListingQuerySet, query: TextQuery) -> ListingQuerySet:
    """Those of the given listings that belong to the results of the query."""
    return queryset.filter(among(query.found.listings))


def by_relevance(queryset: ListingQuerySet, query: TextQuery) -> ListingQuerySet:
    """The most relevant first, with the figure it is made of, ``relevance``.

    The number of the row breaks ties, so that pages never mix. Scores every row: for many, see
    :mod:`matching.results`.
    """
    return queryset.annotate(relevance=relevance(query, "index_entry__")).order_by(
        "-relevance", "-pk"
    )


def relevance(query: TextQuery, prefix: str = "") -> Combinable:
    """The score of an entry for a query: deviations of its meaning and of its words."""
    weight: Combinable = Value(WORD_WEIGHT)
    if query.languages and query.vector is not None:
        shared = Q()
        for language in query.languages:
            shared |= Q(**{f"{prefix}languages__contains": language})
        weight = Case(
            When(shared, then=Value(WORD_WEIGHT)),
            default=Value(WORD_WEIGHT * STRAY),
            output_field=FloatField(),
        )
    nearness: Combinable = Value(0.0)
    if query.vector is not None:
        nearness = Coalesce(deviations(query.vector, query.scales, prefix), Value(UNKNOWN))
    words = covered(query.lexemes, prefix)
    scale = word_scale(query.lexemes)
    if scale.deviation:
        score = word_score(query.lexemes, prefix)
        words = (score - Value(scale.mean)) / Value(scale.deviation)
    return Cast(words * weight + nearness, FloatField())
