"""Search: lexical ∪ semantic candidates, one score, all of it inside the query on listings.

Whether a listing belongs to the results of a text depends on the text and the listing alone, never
on the filters chosen. So filters and visibility narrow the candidates inside SQL, and the count
beside a filter is what a click on it shows.

A listing belongs to the results when it contains all words; when too few do, also when it
contains words that carry enough of the query's weight; or when it lies unusually near in meaning.
The score adds both: deviations above the usual similarity, and the share of the query's weight
that the words cover. Scores are normalised, not ranks, because a list of words without real hits
still hands out ranks. Words count little where query and listing share no language: what they
then share are stray numbers and names.
"""

from dataclasses import dataclass
from math import log
from statistics import NormalDist

from django.db import connection
from django.db.models import BooleanField, Case, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce
from pgvector import HalfVector, SparseVector
from pgvector.django import CosineDistance, MaxInnerProduct

from achievements.querysets import ListingQuerySet
from matching.embedding import Vectors, embed_query
from matching.models import IndexEntry
from matching.similarity import USUAL, Scales, collection_size, same_statistics, scales
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
MOST_NEAR = 200  # about so many are near at most: the bar rises with the collection
COMMON = 0.1  # words in more than this share of all entries find nothing by themselves
COVERED = 0.45  # of the query's weight, where not all words are there
LEXICAL_WEIGHT = 3.0  # deviations that a full cover of the query's words is worth
STRAY = 0.15  # of that, where query and listing share no language
EXACT_ROWS = 40_000  # up to here scanning every vector is as quick as the index, and exact
EF_SEARCH = 400  # how far the vector index looks


@dataclass(frozen=True)
class Lexeme:
    """A word, pair or number of the query, and how telling it is."""

    text: str
    documents: int
    weight: float


@dataclass(frozen=True)
class TextQuery:
    """A query's text, taken apart. ``near`` are the listings near in meaning, with their z."""

    text: str
    languages: frozenset[str]
    lexemes: tuple[Lexeme, ...]
    needs_all: bool
    vector: Vectors | None
    scales: Scales
    near: tuple[int, ...]


@same_statistics()
def read_query(text: str) -> TextQuery:
    """Take a query's text apart: at most five short statements, and one embedding.

    While no embedding can be had, the query is answered by words alone.
    """
    lexemes = read_lexemes(text)
    vector = embed_query(text) if text.strip() else None
    known = scales(vector) if vector is not None else {}
    return TextQuery(
        text=text,
        languages=languages_of(fold(text)),
        lexemes=lexemes,
        needs_all=_enough_with_all(lexemes),
        vector=vector,
        scales=known,
        near=near_listings(vector, known) if vector is not None else (),
    )


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


def near_listings(vector: Vectors, known: Scales) -> tuple[int, ...]:
    """Ids of live listings unusually near to a vector, by the exact scan or by the index.

    Which one is decided here by the number of rows: the planner chooses wrongly.
    """
    entries = IndexEntry.objects.live()
    if collection_size() <= EXACT_ROWS:
        found = entries.alias(z=deviations(vector, known)).filter(z__gte=near_bar())
        return tuple(found.order_by("pk").values_list("pk", flat=True))
    ids: set[int] = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true)",
            [str(EF_SEARCH)],
        )
    for kind in ("achievement", "demand", "expert"):
        for column in ("title_embedding", "text_embedding"):
            nearest = IndexEntry.objects.filter(kind=kind).order_by(
                CosineDistance(column, HalfVector(vector))
            )
            ids.update(nearest.values_list("pk", flat=True)[:EF_SEARCH])
    near = entries.filter(pk__in=ids).alias(z=deviations(vector, known))
    return tuple(near.filter(z__gte=near_bar()).order_by("pk").values_list("pk", flat=True))


def deviations(vector: Vectors, known: Scales, prefix: str = "") -> Combinable:
    """The z of an entry: its mean similarity by title and by whole text, on its part's scale.

    ``prefix`` leads to the entry, as in ``index_entry__``. Null where it is not embedded.
    """
    target = HalfVector(vector)
    by_title = CosineDistance(F(f"{prefix}title_embedding"), target)
    by_text = CosineDistance(F(f"{prefix}text_embedding"), target)
    similarity = Value(1.0) - (by_title + by_text) / Value(2.0)
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


def covered(lexemes: tuple[Lexeme, ...], prefix: str = "") -> Combinable:
    """The share of the words' weight that an entry covers: BM25 over the sum of the weights."""
    weights = {sparse_index(one.text): one.weight for one in lexemes}
    product = MaxInnerProduct(F(f"{prefix}lexical"), SparseVector(weights, SPARSE_DIMENSIONS))
    total = sum(weights.values()) or 1.0
    return Coalesce(product, Value(0.0)) * Value(-1.0 / total)


def has_words(lexemes: tuple[Lexeme, ...], operator: str) -> Func:
    """Whether an entry's text contains all (``&``) or any (``|``) of the words."""
    return Func(
        F("vector"),
        RawSQL("%s::tsquery", [tsquery(lexemes, operator)]),
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
    some = IndexEntry.objects.filter(has_words(telling(query.lexemes), "|"))
    return some.alias(cover=covered(query.lexemes)).filter(cover__gte=COVERED)


def matching_listings(queryset: ListingQuerySet, query: TextQuery) -> ListingQuerySet:
    """Those of the given listings that belong to the results of the query."""
    found = Q(pk__in=worded(query).values("pk"))
    if query.near:
        found |= Q(pk__in=query.near)
    return queryset.filter(found)


def by_relevance(queryset: ListingQuerySet, query: TextQuery) -> ListingQuerySet:
    """The most relevant first, with the figures it is made of.

    Adds ``relevance``, ``nearness`` (z, null while not embedded) and ``cover``. The number of the
    row breaks ties, so that pages never mix.
    """
    queryset = queryset.annotate(cover=covered(query.lexemes, "index_entry__"))
    share = LEXICAL_WEIGHT
    weight: Combinable = Value(share)
    if query.languages and query.vector is not None:
        shared = Q()
        for language in query.languages:
            shared |= Q(index_entry__languages__contains=language)
        weight = Case(
            When(shared, then=Value(share)),
            default=Value(share * STRAY),
            output_field=FloatField(),
        )
    nearness: Combinable = Value(0.0)
    if query.vector is not None:
        nearness = deviations(query.vector, query.scales, "index_entry__")
    queryset = queryset.annotate(nearness=nearness)
    score = F("cover") * weight + Coalesce(F("nearness"), Value(NEAR / 2))
    return queryset.annotate(relevance=score).order_by("-relevance", "-pk")
