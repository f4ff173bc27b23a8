"""Search: lexical ∪ semantic candidates, one score, all of it inside the query on listings.

Whether a listing belongs to the results of a text depends on the text and the listing alone, never
on the filters chosen. So filters and visibility narrow the candidates inside SQL, and the count
beside a filter is what a click on it shows.

A listing belongs to the results when it contains all words; when too few do, also when it
contains words that carry enough of the query's weight; or when it lies unusually near in meaning.
The score adds both, each in deviations above what is usual: normalised scores, not ranks, because
a list of words without real hits still hands out ranks. Words count little where query and listing
share no language: what they then share are stray numbers and names.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import log
from statistics import NormalDist

import numpy as np
from django.db import connection
from django.db.models import BooleanField, Case, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast, Coalesce
from numpy.typing import NDArray
from pgvector import HalfVector, SparseVector
from pgvector.django import MaxInnerProduct

from achievements.querysets import ListingQuerySet
from matching.columns import Numbers, among, read_columns
from matching.embedding import Vectors, embed_query
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
from matching.text import (
    SPARSE_DIMENSIONS,
    fold,
    is_single_chinese,
    languages_of,
    query_text,
    sparse_index,
)

ENOUGH = 20  # with fewer listings that contain all words, some of them suffice
NEAR = 1.75  # deviations above the mean from which a listing is near in meaning
UNKNOWN = NEAR / 2  # what is taken for the nearness of one that is not embedded
MOST_NEAR = 200  # about so many are near at most: the bar rises with the collection
COMMON = 0.1  # words in more than this share of all entries find nothing by themselves
COVERED = 0.45  # of the query's weight, where not all words are there
MANY = 3000  # so many that contain a telling word are not looked at one by one
COVERED_BY_SOME = 0.4  # as COVERED, where a word counts once however often it is there
MOST_JOINED = 8  # the weightiest words of which some suffice
WORD_WEIGHT = 0.3  # what a deviation of the words counts beside one of the meaning
STRAY = 0.15  # of that, where query and listing share no language


@dataclass(frozen=True)
class Lexeme:
    """A word, pair or number of the query, and how telling it is."""

    text: str
    documents: int
    weight: float


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
    vector index of a large collection.
    """
    near: Combinable = Value(0.0)
    if query.vector is not None:
        near = Coalesce(deviations(query.vector, query.scales), Value(UNKNOWN))
    parts = [worded(query)] if query.lexemes else []
    if query.vector is not None and is_small():
        parts.append(near_entries(query.vector, query.scales))
    if not parts:
        return Found(np.empty(0, np.int64), np.empty(0))
    rows = [part.order_by().values_list("pk", Cast(near, FloatField())) for part in parts]
    listings, nearness = read_columns(rows[0].union(*rows[1:], all=True), ["i8", "f8"])
    if query.vector is not None and not is_small():
        more = near_found(query.vector, query.scales)
        listings = np.concatenate([listings, more.listings])
        nearness = np.concatenate([nearness, more.nearness])
    listings, first = np.unique(listings, return_index=True)
    return Found(listings, nearness[first])


def query_language(text: str) -> str:
    """Where a query's vector lies: with the Chinese ones when it has any Chinese."""
    return "zh" if "zh" in languages_of(fold(text)) else "en"


def read_lexemes(text: str) -> tuple[Lexeme, ...]:
    """The lexemes of a text as the index has them, with their inverse document frequency."""
    latin, literal = query_text(text)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lexeme, coalesce(documents, 0) FROM unnest("
            "  tsvector_to_array(to_tsvector('english', %s)) || %s::text[]"
            ") AS word (lexeme) LEFT JOIN matching_lexeme USING (lexeme) GROUP BY 1, 2 ORDER BY 1",
            [latin, list(literal)],
        )
        rows = cursor.fetchall()
    size = collection_size()
    return tuple(Lexeme(word, documents, weight_of(documents, size)) for word, documents in rows)


def weight_of(documents: int, size: int) -> float:
    """Inverse document frequency as in BM25, never negative; 1 before there are statistics."""
    if not size:
        return 1.0
    return log(1 + (size - min(documents, size) + 0.5) / (documents + 0.5))


def tsquery(lexemes: tuple[Lexeme, ...], operator: str) -> str:
    """The lexemes in the notation of a ``tsquery``; single characters find what begins so."""
    quoted = []
    for one in lexemes:
        text = one.text.replace("\\", "\\\\").replace("'", "''")
        quoted.append(f"'{text}':*" if is_single_chinese(one.text) else f"'{text}'")
    return f" {operator} ".join(quoted)


def telling(lexemes: tuple[Lexeme, ...]) -> tuple[Lexeme, ...]:
    """Those that are not common; the three rarest where all are."""
    size = max(collection_size(), 1)
    rare = tuple(one for one in lexemes if one.documents <= max(COMMON * size, ENOUGH))
    return rare or tuple(sorted(lexemes, key=lambda one: one.documents)[:3])


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
    z = Cast(deviations(vector, known), FloatField())
    if is_small():
        rows = near_entries(vector, known).order_by().values_list("pk", z)
        return Found(*read_columns(rows, ["i8", "f8"]))
    found, nearness = indexed_columns(vector, z)
    return Found(found[nearness >= near_bar()], nearness[nearness >= near_bar()])


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


def word_score(lexemes: tuple[Lexeme, ...], prefix: str = "") -> Combinable:
    """The BM25 score of an entry for the words: a sum of what each weighs in both."""
    weights = {sparse_index(one.text): one.weight for one in lexemes}
    product = MaxInnerProduct(F(f"{prefix}lexical"), SparseVector(weights, SPARSE_DIMENSIONS))
    return Coalesce(product, Value(0.0)) * Value(-1.0)


def covered(lexemes: tuple[Lexeme, ...], prefix: str = "") -> Combinable:
    """The share of the words' weight that an entry covers: BM25 over the sum of the weights."""
    total = sum(one.weight for one in lexemes) or 1.0
    return word_score(lexemes, prefix) / Value(total)


def word_scale(lexemes: tuple[Lexeme, ...]) -> Scale:
    """Mean and deviation of the words' score over the collection.

    They follow from how many entries hold each word, as if words came independently and weighed 1
    where they are.
    """
    size = max(collection_size(), 1)
    shares = [(one.weight, min(one.documents / size, 1.0)) for one in lexemes]
    variance = sum(weight**2 * share * (1 - share) for weight, share in shares)
    return Scale(sum(weight * share for weight, share in shares), variance**0.5)


def has_words(lexemes: tuple[Lexeme, ...], operator: str) -> Func:
    """Whether an entry's text contains all (``&``) or any (``|``) of the words."""
    return contains(tsquery(lexemes, operator))


def contains(query: str) -> Func:
    """Whether an entry's text fits a ``tsquery``."""
    return Func(
        F("vector"),
        RawSQL("%s::tsquery", [query]),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


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


def enough_words(lexemes: tuple[Lexeme, ...]) -> str:
    """Which words together suffice, as a ``tsquery`` that the index answers by itself.

    The smallest sets of the weightiest words that have the needed share of all words' weight;
    how often a listing has a word is not asked, for that is not in the index.
    """
    weighty = sorted(lexemes, key=lambda one: (-one.weight, one.text))[:MOST_JOINED]
    needed = COVERED_BY_SOME * sum(one.weight for one in lexemes)
    needed = min(needed, sum(one.weight for one in weighty))
    sets: list[tuple[Lexeme, ...]] = []
    for size in range(1, len(weighty) + 1):
        for group in combinations(weighty, size):
            # Ordered by weight, so that without its last word a set lacks least.
            weight = sum(one.weight for one in group)
            if weight >= needed > weight - group[-1].weight:
                sets.append(group)
    return " | ".join(f"({tsquery(group, '&')})" for group in sets)


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
