"""A judged set through the code that serves production: same entries, candidates, scores.

Documents and queries become listings in a scratch schema. What is measured afterwards is not known
here: ratings are only read where asked to rank nothing but judged documents.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import sleep
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from achievements.models import Achievement, Demand, Expert, Listing
from matching.embedding import (
    Embedder,
    EmbeddingError,
    Reading,
    Vectors,
    embed_query,
    embedder_name,
    use_embedder,
)
from matching.facets.listing_set import ListingSet
from matching.models import IndexEntry
from matching.quality.judged import Text
from matching.quality.scratch import scratch_schema
from matching.scoring.profiles import AnyListing
from matching.search.relevance import Ranked
from matching.search.text_query import matching_listings, query_language, read_query
from matching.services.embeddings import embed_entries
from matching.services.indexing import refresh_entries
from matching.services.matching import rank_candidates
from matching.services.statistics import refresh_statistics
from matching.sql.columns import read_ids
from matching.text.tokens import fold, languages_of
from matching.vectors.similarity import learn_query

_WAIT_SECONDS = 0.2
_MOST_PARAGRAPHS = 8  # of an expert's text; more lines stand in the profile as publications
_LONGEST_WORK = 300  # characters of a publication there
TASKS = ("match", "search", "experts")
Ranking = list[tuple[str, float]]
Progress = Callable[[int], object]
Pool = Mapping[str, Iterable[str]]

_BODY = {
    Listing.Kind.ACHIEVEMENT: "solution",
    Listing.Kind.DEMAND: "body",
    Listing.Kind.EXPERT: "expertise",
}
_MODELS: Mapping[str, type[AnyListing]] = {
    Listing.Kind.ACHIEVEMENT: Achievement,
    Listing.Kind.DEMAND: Demand,
    Listing.Kind.EXPERT: Expert,
}


@contextmanager
def indexed_corpus(
    corpus: Sequence[Text], task: str, embedder: Embedder | None
) -> Iterator[Mapping[int, str]]:
    """Within, the documents are published listings, indexed, embedded and measured.

    They are experts for the task of that name and achievements otherwise. Without an embedder
    everything goes by words alone. Yields the document of each listing. Raises EmbeddingError.
    """
    kind = Listing.Kind.EXPERT if task == "experts" else Listing.Kind.ACHIEVEMENT
    with scratch_schema(), use_embedder(embedder or WordsAlone()):
        call_command("load_vocabularies", verbosity=0)
        owner = an_organisation("corpus")
        keys = dict(
            zip(write_listings(corpus, kind, owner), (one.key for one in corpus), strict=True)
        )
        index_listings(list(keys))
        refresh_statistics()
        yield keys


def rank_queries(
    queries: Sequence[Text],
    keys: Mapping[int, str],
    task: str,
    *,
    limit: int = 100,
    pool: Pool | None = None,
    progress: Progress = lambda _number: None,
) -> Iterator[tuple[str, Ranking]]:
    """Each query's key and its best documents with their scores, the best first.

    Within :func:`indexed_corpus`. For `search` the text is typed into the search field; else title
    and text are a demand. ``pool``: rank only these documents of each query.
    """
    rank = _search if task == "search" else _match
    yield from rank(queries, keys, limit, pool, progress, task)


def _match(
    queries: Sequence[Text],
    keys: Mapping[int, str],
    limit: int,
    pool: Pool | None,
    progress: Progress,
    task: str,
) -> Iterator[tuple[str, Ranking]]:
    kind = Listing.Kind.EXPERT if task == "experts" else Listing.Kind.ACHIEVEMENT
    demands = write_listings(queries, Listing.Kind.DEMAND, an_organisation("queries"))
    index_listings(demands)
    refresh_statistics()
    places = {key: pk for pk, key in keys.items()}
    for query, demand in zip(queries, demands, strict=True):
        only = None
        if pool is not None:
            only = {places[key] for key in pool.get(query.key, ()) if key in places}
        found = rank_candidates(demand, kind, only=only)
        yield query.key, [(keys[pk], score) for pk, score in found[:limit]]
        progress(1)


def _search(
    queries: Sequence[Text],
    keys: Mapping[int, str],
    limit: int,
    pool: Pool | None,
    progress: Progress,
    task: str,
) -> Iterator[tuple[str, Ranking]]:
    # A site in use knows where its queries lie; these stand for those that were asked before.
    for query in queries:
        vector = embed_query(query.body)
        if vector is not None:
            learn_query(vector, query_language(query.body))
    refresh_statistics()
    listings = Listing.objects.visible_to(AnonymousUser())
    for query in queries:
        read = read_query(query.body)
        found = matching_listings(listings, read)
        if pool is not None:
            wanted = set(pool.get(query.key, ()))
            found = listings.filter(pk__in=[pk for pk, key in keys.items() if key in wanted])
        best, scores = Ranked(read, ListingSet.of(read_ids(found)))[:limit]
        rows = zip(best.tolist(), scores.tolist(), strict=True)
        yield query.key, [(keys[pk], score) for pk, score in rows]
        progress(1)


def an_organisation(slug: str) -> Organisation:
    """A new verified organisation, to own listings within a scratch schema."""
    return Organisation.objects.create(
        slug=slug,
        kind=Organisation.Kind.ALLIANCE,
        name_en=slug,
        verified_at=timezone.now(),
    )


@transaction.atomic
def write_listings(texts: Sequence[Text], kind: str, owner: Organisation) -> list[int]:
    """Published listings with these titles and texts, in their order; returns their ids."""
    made = []
    for text in texts:
        listing = _MODELS[kind](
            **_content(text, kind),
            kind=kind,
            organisation=owner,
            state=Listing.State.PUBLISHED,
            published_at=timezone.now(),
        )
        listing.save()
        made.append(listing.pk)
    return made


def _content(text: Text, kind: str) -> dict[str, Any]:
    """The fields that hold a title and a text; a listing must have a title, if only a dash."""
    language = "zh" if "zh" in languages_of(fold(f"{text.title} {text.body}")) else "en"
    values: dict[str, Any] = {
        f"title_{language}": text.title[:300] or "–",
        f"{_BODY[Listing.Kind(kind)]}_{language}": text.body[:20000],
    }
    works = text.body.split("\n")
    if kind == Listing.Kind.EXPERT and len(works) > _MOST_PARAGRAPHS:
        values[f"{_BODY[Listing.Kind(kind)]}_{language}"] = ""
        values["works"] = [work[:_LONGEST_WORK] for work in works]
    return values


def index_listings(listing_ids: Sequence[int]) -> None:
    """Index and embed these listings, as a worker does.

    Locks on entries are the database's, whatever the schema: while the site's workers or another
    measurement embed entries of the same numbers, this waits for them. Raises EmbeddingError.
    """
    refresh_entries(listing_ids)
    waiting = IndexEntry.objects.filter(pk__in=listing_ids).unembedded(embedder_name())
    try:
        while waiting.exists():
            if not embed_entries(listing_ids, limit=512):
                sleep(_WAIT_SECONDS)
    except NoEmbeddingsError:
        pass


class NoEmbeddingsError(EmbeddingError):
    """Nothing is to be embedded."""


class WordsAlone:
    """In place of an embedder: whatever is asked, there is no vector to be had."""

    name = "words alone"

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Raises NoEmbeddingsError."""
        raise NoEmbeddingsError("words alone")

    def readings(self, texts: Sequence[Sequence[str]]) -> list[Reading]:
        """Raises NoEmbeddingsError."""
        raise NoEmbeddingsError("words alone")

    def query(self, text: str) -> Vectors:
        """Raises NoEmbeddingsError."""
        raise NoEmbeddingsError("words alone")
