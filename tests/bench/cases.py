"""What is searched for: for each case different queries, made from the load data's own texts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from random import Random
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count
from django.http import QueryDict

from achievements.models import Listing
from matching.seeding.load import load_listings
from matching.seeding.words import chinese_words, english_words
from matching.text.tokens import chinese_runs
from matching.vectors.similarity import collection_size

PAGE = 20  # rows, as on the page
COMMON, SELDOM = 0.02, 0.001  # of all entries that have a common or a rare word
_SEED = 20261122
_WORDS = 6  # of a query in natural language
_LOOKED_AT = 4000  # listings in search of queries


@dataclass(frozen=True)
class Query:
    """A text with filters, as the address of a search has them, and the page looked at."""

    text: str
    filters: dict[str, str] = field(default_factory=dict)
    page: int = 1

    @property
    def parameters(self) -> dict[str, str]:
        """The query string of page and API."""
        text = {"q": self.text} if self.text else {}
        return {**text, **self.filters, "page": str(self.page)}

    @property
    def data(self) -> QueryDict:
        """What a view gets of it."""
        return QueryDict(urlencode(self.parameters))


@dataclass(frozen=True)
class Case:
    """Queries of one sort, all different."""

    name: str
    queries: Sequence[Query]


def all_cases(most: int) -> list[Case]:
    """The cases with up to ``most`` queries each; small collections have fewer of some."""
    english, chinese = english_words(), chinese_words()
    pairs = [word for word in chinese if len(word) == 2]
    cases: dict[str, Iterable[Query]] = {
        "no text": _pages(),
        "common word": map(Query, _common(english)),
        "rare word": map(Query, _rare(english)),
        "Chinese word": map(Query, _common(pairs)),
        "Chinese term": map(Query, _terms()),
        "six words, English": map(Query, _english_texts()),
        "six words, Chinese": map(Query, _chinese_texts()),
        "word with filters": _filtered(_common(english)),
    }
    return [Case(name, _different(queries, most)) for name, queries in cases.items()]


def common_regions(most: int) -> list[str]:
    """The codes of the regions with most listings."""
    rows = Listing.objects.published().filter(region__isnull=False).order_by()
    counted = rows.values_list("region__code").annotate(size=Count("pk"))
    return [code for code, _size in counted.order_by("-size", "region__code")[:most]]


def _different(queries: Iterable[Query], most: int) -> list[Query]:
    found: dict[str, Query] = {}
    for query in queries:
        found.setdefault(str(query.parameters), query)
        if len(found) == most:
            break
    return list(found.values())


def _pages() -> Iterator[Query]:
    size = Listing.objects.published().filter(visibility=Listing.Visibility.PUBLIC).count()
    for page in range(1, max(size // PAGE, 1) + 1):
        yield Query("", page=page)


def _common(words: Sequence[str]) -> Iterator[str]:
    """Words that many entries have; they come in the order of how often they are used."""
    documents = _documents(words)
    least = COMMON * collection_size()
    return (word for word in words if documents.get(word, 0) >= least)


def _rare(words: Sequence[str]) -> Iterator[str]:
    """Words that one entry has, or a few."""
    documents = _documents(words)
    most = max(SELDOM * collection_size(), 2)
    return (word for word in _shuffled(words) if 1 <= documents.get(word, 0) <= most)


def _documents(words: Sequence[str]) -> dict[str, int]:
    """How many entries have a word; words that none has, or that say nothing, are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word, documents FROM unnest(%s::text[]) AS word"
            " JOIN matching_lexeme ON lexeme = (ts_lexize('english_stem', word))[1]",
            [list(words)],
        )
        return dict(cursor.fetchall())


def _terms() -> Iterator[str]:
    """Chinese terms of four characters, from titles."""
    for title in _texts("title_zh"):
        for run in chinese_runs(title):
            if len(run) >= 4:
                yield run[:4]
                break


def _english_texts() -> Iterator[str]:
    """Six words in a row."""
    for text in _texts("summary_en"):
        words = re.findall(r"[A-Za-z]+", text)
        if len(words) > 2 * _WORDS:
            yield " ".join(words[_WORDS : 2 * _WORDS])


def _chinese_texts() -> Iterator[str]:
    """As much as six words in a row, which mostly have two characters."""
    for text in _texts("summary_zh"):
        for run in chinese_runs(text):
            if len(run) >= 2 * _WORDS:
                yield run[: 2 * _WORDS]
                break


def _filtered(words: Iterable[str]) -> Iterator[Query]:
    """Common words within a kind, a region and from a level of readiness."""
    regions = common_regions(5)
    for place, word in zip(count(), words, strict=False):
        filters = {"kind": "achievement", "trl_min": str(3 + place % 4)}
        if regions:
            filters["region"] = regions[place % len(regions)]
        yield Query(word, filters)


def _texts(name: str) -> list[str]:
    """One field of some listings, those that have it."""
    rows = load_listings().exclude(**{name: ""}).order_by("pk").values_list(name, flat=True)
    return _shuffled(list(islice(rows.iterator(), _LOOKED_AT)))


def _shuffled(values: Sequence[str]) -> list[str]:
    found = list(values)
    Random(_SEED).shuffle(found)
    return found
