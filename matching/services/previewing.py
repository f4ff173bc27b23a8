"""What would match a demand that is still being written; nothing of it is kept.

The candidates, the score and the reasons are those of the matcher. Only the text itself is
embedded, as the text of a listing is, but no more than its beginning.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.cache import cache
from django.utils import timezone
from pgvector import SparseVector

from accounts.models import Organisation, User
from achievements.models import Demand, Listing
from matching.embedding import EmbeddingError, Vectors, embedder_name
from matching.models import Match
from matching.scoring.compared_cache import compared_of
from matching.scoring.lexicon import Words
from matching.scoring.profiles import Compared, Profile, text_fit
from matching.scoring.score import COMPONENTS, Score, score
from matching.scoring.sides import side_of
from matching.scoring.subjects import Subject, subjects_of
from matching.services.candidates import candidates
from matching.services.embeddings import embed_documents
from matching.services.indexing import weigh_words
from matching.services.quoting import Quotes
from matching.services.reasons import Stems, reasons_for, texts_of
from matching.services.weights import active_weights
from matching.text.documents import Document, document_of, load_listings
from matching.vectors.similarity import direction_of, same_statistics

LEAST = 12  # characters; a Chinese one counts three times
READ = 1500  # characters of each language that are read
BEST = {Listing.Kind.ACHIEVEMENT: 4, Listing.Kind.EXPERT: 3}
_KEPT_SECONDS = 600
_NEW = 0  # the number of a demand that has none


def drafted(
    *, organisation: Organisation | None, values: Mapping[str, Any], draft: Demand | None = None
) -> Demand:
    """A demand as it is typed, never saved: ``values`` over what the draft says, with its rows."""
    found = load_listings([draft.pk]) if draft is not None else []
    demand = found[0] if found and isinstance(found[0], Demand) else None
    if demand is None:
        demand = Demand(pk=_NEW, organisation=organisation)
        demand._prefetched_objects_cache = {"fields": [], "requirements": []}  # type: ignore[attr-defined]
    for name, value in values.items():
        setattr(demand, name, value)
    # The matcher asks as if it were published: by its organisation, for everyone.
    demand.kind = Listing.Kind.DEMAND
    demand.visibility = Listing.Visibility.PUBLIC
    demand.organisation = organisation
    return demand


@same_statistics()
def preview_matches(demand: Demand, *, user: User) -> list[Match] | None:
    """The best achievements and experts that this user may see, as matches that are not saved.

    Empty while too little is written; None while no embedding can be had. Three to eight rows are
    scored in full; nothing is written, and the query moves no statistics.
    """
    try:
        subject = typed_subject(demand)
        if subject is None:
            return []
        return [match for kind, most in BEST.items() for match in _best(subject, kind, most, user)]
    except EmbeddingError:
        return None


def typed_subject(demand: Demand) -> Subject | None:
    """An unsaved demand as the matcher compares it; None while too little is written. Raises
    EmbeddingError. To be called under :func:`matching.vectors.similarity.same_statistics`."""
    document = document_of(demand)
    document = replace(document, bodies=tuple(body[:READ] for body in document.bodies))
    text = document.whole_text.strip()
    if sum(3 if "\u4e00" <= letter <= "\u9fff" else 1 for letter in text) < LEAST:
        return None
    return _subject(demand, document, _direction(document))


def unsaid(demand: Demand) -> list[str]:
    """Components of the score that the demand says nothing of, in their order. They move nothing
    yet; of a drafted demand, and no query."""
    side = side_of(demand)
    said = {
        "fields": side.fields,
        "requirements": side.required,
        "readiness": side.readiness,
        "budget": side.amount,
        "cooperation": side.modes,
        "region": side.place,
    }
    return [name for name in COMPONENTS if name in said and not said[name]]


def _direction(document: Document) -> Vectors:
    """Where the text lies, remembered for ten minutes."""
    digest = hashlib.sha256(f"{embedder_name()}\x1f{document.readings}".encode()).hexdigest()
    known = cache.get(f"preview:{digest}")
    if isinstance(known, bytes):
        return np.frombuffer(known, dtype=np.float32)
    [made] = embed_documents([document])
    title, text = (np.asarray(each.to_list(), np.float32) for each in (made.title, made.text))
    way = direction_of(title, text, document.kind, document.languages or "en").astype(np.float32)
    cache.set(f"preview:{digest}", way.tobytes(), _KEPT_SECONDS)
    return way


def _subject(demand: Demand, document: Document, way: Vectors) -> Subject:
    weighed = weigh_words(document)
    words = Words.of(SparseVector.from_text(weighed) if weighed else None)
    profile = Profile(demand.pk, Listing.Kind.DEMAND, document.languages or "en", way, words)
    return Subject(demand, Compared(profile, side_of(demand), timezone.now()))


def _best(subject: Subject, kind: str, most: int, user: User) -> list[Match]:
    weights = active_weights()
    ids = candidates(subject.listing, subject.profile, kind)
    seen = set(Listing.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    scored: list[tuple[Score, int]] = []
    for pk, other in compared_of(sorted(seen)).items():
        fit = text_fit(subject.compared, other)
        scored.append((score(subject.side, other.side, fit, weights.weights), pk))
    scored.sort(key=lambda pair: (-pair[0].total, pair[1]))
    best = [pair for pair in scored[:most] if pair[0].total >= weights.weights["least"]]
    others = subjects_of(pk for _found, pk in best)
    subjects = {subject.listing.pk: subject, **others}
    stems = Stems(texts_of(subjects.values()))
    quotes = Quotes(subjects, stems.by_word)
    return [
        _unsaved(
            demand=subject.listing,
            candidate=others[pk].listing,
            kind=kind,
            score=Decimal(str(found.total)).quantize(Decimal("0.0001")),
            weights=weights,
            reasons=reasons_for(
                subject, others[pk], found=found, stems=stems, quotes=quotes, across=False
            ),
        )
        for found, pk in best
        if pk in others
    ]


def _unsaved(**values: Any) -> Match:
    """A match that nobody has answered and that is in no table."""
    match = Match(pk=_NEW, **values)
    match._prefetched_objects_cache = {"decisions": []}  # type: ignore[attr-defined]
    return match
