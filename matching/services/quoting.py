"""The sentences of listings as a match quotes them, and the terms they share across languages."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache

from matching.embedding import Vectors, embedder_name, get_embedder
from matching.models import Passages
from matching.scoring.passages import Sentence, tokens_of
from matching.scoring.profiles import Outlook
from matching.scoring.subjects import Subject
from matching.scoring.translations import chinese_terms, english_terms, same_terms
from matching.text.tokens import chinese_runs, fold, languages_of, sparse_index
from matching.vectors.quantization import as_rows
from matching.vectors.similarity import centres_of, unit

_KEPT = 30 * 24 * 3600
_MEANING, _WORDS = 0.5, 0.5  # what either adds to a sentence's pull


@dataclass(frozen=True)
class _Read:
    """A sentence with its direction, its tokens, and where those stand in sparse vectors."""

    text: str
    way: Vectors | None
    tokens: frozenset[str]
    places: tuple[int, ...]


class Quotes:
    """The sentences of some listings with their directions, in one statement.

    Only sentences that still stand in the listing: what was embedded may be older. A listing that
    is not embedded yet has its sentences without directions. ``stems`` are those of all texts.
    """

    def __init__(self, subjects: Mapping[int, Subject], stems: Mapping[str, str]) -> None:
        rows = Passages.objects.filter(
            pk__in=subjects, entry__embedder=embedder_name()
        ).values_list("pk", "texts", "vectors")
        kept = {pk: (texts, as_rows(bytes(data))) for pk, texts, data in rows}
        self._sentences = {
            pk: [
                _read(text, way, stems)
                for text, way in _sentences(
                    subject, *kept.get(pk, ([], np.empty((0, 0), np.float32)))
                )
            ]
            for pk, subject in subjects.items()
        }

    def of(self, subject: Subject, other: Subject) -> list[Sentence]:
        """The sentences of one listing as they are seen by another."""
        outlook = other.compared.outlook
        return [
            Sentence(one.text, one.tokens, one.way, _pull(one, outlook))
            for one in self._sentences[subject.listing.pk]
        ]


def _read(text: str, way: Vectors | None, stems: Mapping[str, str]) -> _Read:
    tokens = tokens_of(text, stems)
    known = tokens | frozenset("".join(chinese_runs(fold(text))))
    return _Read(text, way, tokens, tuple({sparse_index(token) for token in known}))


def _sentences(
    subject: Subject, texts: Sequence[str], rows: Vectors
) -> list[tuple[str, Vectors | None]]:
    document = subject.document
    if document.works:
        standing = "\n".join(document.works)
    else:
        standing = "\n".join((*document.titles, *document.bodies))
    found: list[tuple[str, Vectors | None]] = [
        (text, unit(row - centres_of(document.kind, _language(text))[1]))
        for text, row in zip(texts, rows, strict=True)
        if text in standing
    ]
    if found:
        return found
    return [(text[:280].rstrip(), None) for _title, parts in document.readings for text in parts]


def _language(text: str) -> str:
    return "zh" if "zh" in languages_of(text) else "en"


def _pull(sentence: _Read, outlook: Outlook) -> float:
    """How much of what the other listing looks for a sentence has: 0 to about 1."""
    near = 0.0
    if sentence.way is not None and outlook.asking is not None:
        near = max(float(sentence.way @ outlook.asking), 0.0)
    return _MEANING * near + _WORDS * outlook.share_of_words(sentence.places)


def translated_terms(demand: Subject, candidate: Subject) -> list[tuple[str, str]]:
    """Terms of the two that mean the same, where they have no language in common.

    The vectors of terms are remembered for a month. Raises EmbeddingError.
    """
    sides = [_terms(subject) for subject in (demand, candidate)]
    if not all(sides):
        return []
    rows = [_vectors(terms) for terms in sides]
    return same_terms(sides[0], rows[0], sides[1], rows[1])


def _terms(subject: Subject) -> list[str]:
    """Keywords first, then what title and text speak of."""
    listing, document = subject.listing, subject.document
    texts = (*document.titles, *(body[:300] for body in document.bodies))
    if "zh" in subject.profile.languages:
        return list(dict.fromkeys([*listing.keywords_zh, *chinese_terms(texts)]))
    return list(dict.fromkeys([*listing.keywords_en, *english_terms(texts)]))


def _vectors(texts: Sequence[str]) -> Vectors:
    keys = {
        text: "term:" + hashlib.sha256(f"{embedder_name()}\x1f{text}".encode()).hexdigest()
        for text in texts
    }
    known = cache.get_many(list(keys.values()))
    missing = [text for text in keys if keys[text] not in known]
    if missing:
        rows = get_embedder().passages(missing).astype(np.float32)
        new = {keys[text]: row.tobytes() for text, row in zip(missing, rows, strict=True)}
        cache.set_many(new, _KEPT)
        known |= new
    return np.array([np.frombuffer(known[keys[text]], dtype=np.float32) for text in texts])
