"""The words of texts as arrays, and how telling each is in the collection.

A text's words are the places of its lexemes in sparse vectors, ascending, with what each weighs
there. Frequencies of all lexemes are kept by a process until the statistics are made anew, so
that comparing two texts costs no statement.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pgvector import SparseVector

from matching.sql.reading import reading
from matching.vectors.similarity import collection_size, statistics_key

# A Chinese character by itself tells something where no more than this share of texts have it.
RARE_CHARACTER = 0.05

Places = NDArray[np.int64]
Amounts = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Words:
    """The lexemes of one text: ``places`` ascending, ``amounts`` of the same length."""

    places: Places
    amounts: Amounts

    @classmethod
    def of(cls, vector: SparseVector | None) -> "Words":
        """From a sparse vector; none is a text without words."""
        if vector is None:
            return cls(np.empty(0, np.int64), np.empty(0, np.float64))
        places = np.array(vector.indices(), dtype=np.int64)
        amounts = np.array(vector.values(), dtype=np.float64)
        order = np.argsort(places)
        return cls(places[order], amounts[order])

    @classmethod
    def received(cls, data: memoryview) -> "Words":
        """From a sparse vector as the server sends it: size, count, nothing; places; amounts."""
        if not data:  # null
            return cls.of(None)
        count = int.from_bytes(data[4:8])
        places = np.frombuffer(data, ">i4", count, 12).astype(np.int64)
        return cls(places, np.frombuffer(data, ">f4", count, 12 + 4 * count).astype(np.float64))

    def inner(self, other: "Words") -> float:
        """The sum over common lexemes of what they weigh in both."""
        found, rows = _find(self.places, other.places)
        return float(self.amounts[rows] @ other.amounts[found])


@dataclass(frozen=True)
class _Frequencies:
    """In how many entries each lexeme occurs, and which are single Chinese characters."""

    key: object = None
    places: Places = None  # type: ignore[assignment]
    documents: Amounts = None  # type: ignore[assignment]
    single: NDArray[np.bool_] = None  # type: ignore[assignment]


class _Known:
    """What a process keeps of it, for all its threads."""

    state: ClassVar[_Frequencies] = _Frequencies()


def _frequencies() -> _Frequencies:
    key = statistics_key()
    known = _Known.state
    if known.key == key and known.places is not None:
        return known
    with reading().cursor() as cursor:
        cursor.execute(
            "SELECT place, max(documents),"
            " bool_and(char_length(lexeme) = 1 AND lexeme COLLATE \"C\" >= '\u3400')::int"
            " FROM matching_lexeme GROUP BY 1 ORDER BY 1"
        )
        rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 3)
    documents, single = rows[:, 1].astype(np.float64), rows[:, 2].astype(np.bool_)
    _Known.state = _Frequencies(key, rows[:, 0].copy(), documents, single)
    return _Known.state


def _find(wanted: Places, sorted_places: Places) -> tuple[Places, NDArray[np.bool_]]:
    """Where each wanted place stands, and which of them stand there at all."""
    if not len(sorted_places):
        return np.empty(0, np.int64), np.zeros(len(wanted), np.bool_)
    at = np.searchsorted(sorted_places, wanted)
    at[at == len(sorted_places)] = 0
    there = sorted_places[at] == wanted
    return at[there], there


def shares_of(places: Places) -> Amounts:
    """In what share of the collection the lexemes occur, 0 to 1."""
    size = collection_size()
    return np.minimum(_documents(places)[0] / size, 1.0) if size else np.zeros(len(places))


def weights_of(places: Places) -> Amounts:
    """How telling the lexemes are: inverse document frequency as in BM25, never negative.

    1 before there are statistics, as :func:`matching.search.lexemes.weight_of`. A single Chinese
    character that is not rare weighs nothing: it stands in too much to tell anything.
    """
    size = collection_size()
    if not size:
        return np.ones(len(places))
    documents, single = _documents(places)
    weights: Amounts = np.log(1 + (size - np.minimum(documents, size) + 0.5) / (documents + 0.5))
    weights[single & (documents > RARE_CHARACTER * size)] = 0
    return weights


def _documents(places: Places) -> tuple[Amounts, NDArray[np.bool_]]:
    """In how many entries the lexemes occur, and which are single Chinese characters."""
    known = _frequencies()
    found, there = _find(places, known.places)
    documents, single = np.zeros(len(places)), np.zeros(len(places), np.bool_)
    documents[there], single[there] = known.documents[found], known.single[found]
    return documents, single


def word_weights(places: Iterable[int]) -> dict[int, float]:
    """:func:`weights_of` by place."""
    wanted = sorted(set(places))
    weights = weights_of(np.array(wanted, dtype=np.int64))
    return dict(zip(wanted, weights.tolist(), strict=True))
