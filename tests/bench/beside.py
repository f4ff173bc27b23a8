"""tantivy, a search library in the same process, over the same titles and texts.

It gets our own taking apart of Chinese (overlapping pairs) and its own of English, so that what is
compared is the search and not who can read Chinese.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import tantivy

from achievements.models import Achievement, Demand
from matching.scoring.profiles import AnyListing
from matching.text.documents import document_of, load_listings
from matching.text.tokens import fold, literal_lexemes, plain_latin, query_text

TITLE_WEIGHT = 2.5  # a word of the title counts as in our own index
_PORTION = 200
_WEIGHTS = {"title": TITLE_WEIGHT, "text": 1.0}


@dataclass(frozen=True)
class Indexed:
    """A title, a text, and what filters ask."""

    key: str
    title: str
    text: str
    kind: str = ""
    regions: Sequence[str] = ()
    trl: int | None = None


@dataclass(frozen=True)
class Hits:
    """How many there are in all, and the keys of the first."""

    total: int
    keys: list[str] = field(default_factory=list)


class TantivyIndex:
    """An index in memory, made at once and never changed."""

    def __init__(self, documents: Iterable[Indexed]) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        pairs = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        self._index.register_tokenizer("pairs", pairs)
        writer = self._index.writer(num_threads=1)
        for one in documents:
            writer.add_document(_document(one))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, filters: Mapping[str, str], limit: int) -> Hits:
        """The best documents that have any of the words, and how many there are."""
        parts = [(tantivy.Occur.Must, one) for one in [self._words(text), *self._narrow(filters)]]
        found = self._searcher.search(tantivy.Query.boolean_query(parts), limit, count=True)
        keys = [self._searcher.doc(place)["key"][0] for _score, place in found.hits]
        return Hits(found.count or 0, keys)

    def _words(self, text: str) -> tantivy.Query:
        if not text:
            return tantivy.Query.all_query()
        latin, literal = query_text(text)
        plain = re.sub(r"\W+", " ", latin).lower()  # no sign of the library's own query language
        parts = []
        if plain.strip():
            weights = {f"{name}_en": weight for name, weight in _WEIGHTS.items()}
            parts.append(self._index.parse_query(plain, list(weights), weights))
        for word in literal:
            for name, weight in _WEIGHTS.items():
                term = tantivy.Query.term_query(self._schema, f"{name}_zh", word)
                parts.append(tantivy.Query.boost_query(term, weight))
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def _narrow(self, filters: Mapping[str, str]) -> Iterator[tantivy.Query]:
        for name in ("kind", "region"):
            if name in filters:
                yield tantivy.Query.term_query(self._schema, name, filters[name])
        if "trl_min" in filters:
            yield tantivy.Query.range_query(
                self._schema, "trl", tantivy.FieldType.Integer, int(filters["trl_min"]), None
            )


def listing_documents(listing_ids: Sequence[int]) -> Iterator[Indexed]:
    """What our own index reads of these listings."""
    for start in range(0, len(listing_ids), _PORTION):
        for listing in load_listings(listing_ids[start : start + _PORTION]):
            yield _of_listing(listing)


def _of_listing(listing: AnyListing) -> Indexed:
    text = document_of(listing).weighted
    trl = listing.trl if isinstance(listing, Achievement) else None
    if isinstance(listing, Demand):
        trl = listing.trl_min
    region = listing.region
    regions = [one.code for one in (region, region.parent) if one] if region else []
    return Indexed(
        str(listing.pk), text.a, "\n\n".join((text.b, text.c, text.d)), listing.kind, regions, trl
    )


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw")
    for name in _WEIGHTS:
        builder.add_text_field(f"{name}_en", tokenizer_name="en_stem")
        builder.add_text_field(f"{name}_zh", tokenizer_name="pairs")
    for name in ("kind", "region"):
        builder.add_text_field(name, tokenizer_name="raw")
    builder.add_integer_field("trl", indexed=True, fast=True)
    return builder.build()


def _document(one: Indexed) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("key", one.key)
    for name, text in (("title", fold(one.title)), ("text", fold(one.text))):
        made.add_text(f"{name}_en", plain_latin(text))
        made.add_text(f"{name}_zh", " ".join(literal_lexemes(text)))
    made.add_text("kind", one.kind)
    for code in one.regions:
        made.add_text("region", code)
    if one.trl is not None:
        made.add_integer("trl", one.trl)
    return made
