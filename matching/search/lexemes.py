"""The words of a query: how telling each is, and as statements ask for them."""

from dataclasses import dataclass
from itertools import combinations
from math import log

from django.db.models import BooleanField, F, Func, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce
from pgvector import SparseVector
from pgvector.django import MaxInnerProduct

from matching.sql.reading import reading
from matching.text.tokens import SPARSE_DIMENSIONS, is_single_chinese, query_text, sparse_index
from matching.vectors.scales import Scale
from matching.vectors.similarity import collection_size

ENOUGH = 20  # with fewer listings that contain all words, some of them suffice
COMMON = 0.1  # words in more than this share of all entries find nothing by themselves
COVERED_BY_SOME = 0.4  # of the query's weight, where a word counts once however often it is there
MOST_JOINED = 8  # the weightiest words of which some suffice


@dataclass(frozen=True)
class Lexeme:
    """A word, pair or number of the query, and how telling it is."""

    text: str
    documents: int
    weight: float


def read_lexemes(text: str) -> tuple[Lexeme, ...]:
    """The lexemes of a text as the index has them, with their inverse document frequency."""
    latin, literal = query_text(text)
    with reading().cursor() as cursor:
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
    return contains(RawSQL("%s::tsquery", [tsquery(lexemes, operator)]))


def contains(query: Combinable) -> Func:
    """Whether an entry's text fits a ``tsquery``."""
    return Func(
        F("vector"),
        query,
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def weights_text(lexemes: tuple[Lexeme, ...]) -> str:
    """What the words weigh, as a sparse vector."""
    weights = {sparse_index(one.text): one.weight for one in lexemes}
    return SparseVector(weights, SPARSE_DIMENSIONS).to_text()


def bm25(weights: Combinable) -> Combinable:
    """The BM25 score of an entry for words: a sum of what each weighs in both."""
    return Coalesce(MaxInnerProduct(F("lexical"), weights), Value(0.0)) * Value(-1.0)
