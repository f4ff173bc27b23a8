"""Search as people ask for it: the service behind both doors, its facets, page and API."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache
from django.test import Client, RequestFactory
from django.urls import reverse

from matching.filtersets import SearchFilterSet
from matching.results.facets import facets_of
from matching.results.pages import Results
from matching.search import found_cache
from matching.vectors.similarity import same_statistics
from tests.bench.beside import TantivyIndex
from tests.bench.cases import PAGE, Case, Query
from tests.bench.timing import Times, times

WARMING = 2  # queries of each case that are asked before anything is measured


@dataclass(frozen=True)
class CaseTimes:
    """What one case takes. ``first``: the query's vector is made; else it is remembered.

    ``again``: what the text finds is remembered, too, as for whoever turns a page or clicks a
    filter; nowhere else. ``per_second``: searches of one client, one after the other.
    """

    name: str
    queries: int
    search: Times
    first: Times | None
    again: Times
    facets: Times
    page: Times
    api: Times
    tantivy: Times | None
    per_second: float

    @property
    def ratio(self) -> float | None:
        """Our search over tantivy's, at the 95th percentile."""
        return round(self.search.p95 / self.tantivy.p95, 2) if self.tantivy else None


def measure_case(case: Case, beside: TantivyIndex | None) -> CaseTimes:
    """Ask every query of a case in every way; the cache is emptied, so that none is remembered."""
    warming, queries = _split(case.queries)
    cache.clear()
    client = Client(headers={"host": "localhost"})
    for query in warming:
        for ask in (search, facets):
            ask(query)
        for door in ("matching:search", "api:search-list"):
            get(client, door, query)
        if beside is not None:
            in_tantivy(beside, query)
    first = times(search, queries)
    again = times(search, queries)
    with _looking_anew():
        begun = perf_counter()
        known = times(search, queries)
        seconds = perf_counter() - begun
        faceted = times(facets, queries)
        page = times(lambda query: get(client, "matching:search", query), queries)
        api = times(lambda query: get(client, "api:search-list", query), queries)
    return CaseTimes(
        name=case.name,
        queries=len(queries),
        first=first if any(query.text for query in queries) else None,
        search=known,
        again=again,
        facets=faceted,
        page=page,
        api=api,
        tantivy=times(lambda query: in_tantivy(beside, query), queries) if beside else None,
        per_second=round(len(queries) / seconds, 1),
    )


def _looking_anew() -> AbstractContextManager[Any]:
    """Within, every text is looked for as if nobody had asked for it a moment ago."""
    return patch.object(found_cache, "store", DummyCache("", {}))


def _split(queries: Sequence[Query]) -> tuple[Sequence[Query], Sequence[Query]]:
    """Those to warm up with, and the others; where there are hardly any, the same."""
    if len(queries) <= WARMING:
        return queries, queries
    return queries[:WARMING], queries[WARMING:]


def _opened(query: Query) -> SearchFilterSet:
    request = RequestFactory().get("/", query.parameters)
    request.user = AnonymousUser()
    found = SearchFilterSet.over_all(query.data, request)
    if not found.is_valid():
        raise ValueError(f"{query.parameters} is no search: {found.errors}")
    return found


@same_statistics()
def search(query: Query) -> tuple[int, list[int]]:
    """How many are found, and the rows of the page with all that a card shows."""
    results = Results(_opened(query))
    start = (query.page - 1) * PAGE
    return results.count(), [row.pk for row in results[slice(start, start + PAGE)]]


@same_statistics()
def facets(query: Query) -> int:
    """The facets alone, with finding what they count; returns how many values they have."""
    return sum(len(facet.values) for facet in facets_of(_opened(query)))


def get(client: Client, name: str, query: Query) -> int:
    """The whole answer of a door; returns its size. Raises ValueError when it is not a page."""
    answer = client.get(reverse(name), query.parameters)
    if answer.status_code != 200:
        raise ValueError(f"{name} answers {answer.status_code} to {query.parameters}")
    return len(answer.content)


def in_tantivy(beside: TantivyIndex, query: Query) -> int:
    """The same page of keys from tantivy, and how many it finds."""
    return beside.search(query.text, query.filters, query.page * PAGE).total
