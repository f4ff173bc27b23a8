"""The reasons of a listing's pairs: made where something they are made of has changed, else kept.

Reasons quote both listings, which takes most of what a match costs, and do not depend on the
weights. So after new weights they stand, and nothing of the listings is loaded.
"""

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from matching.embedding import embedder_name
from matching.models import IndexEntry, Match
from matching.scoring.subjects import Subject, subjects_of
from matching.services.pairs import Pair
from matching.services.quoting import Quotes
from matching.services.reasons import Stems, reasons_for, texts_of
from matching.vectors.similarity import collection_size

_RULES = 1  # to be raised when reasons are made by other rules
_TEXT = {"semantic", "lexical"}  # components that differ a little whenever statistics are made

Explained = dict[tuple[int, int], dict[str, Any]]


def explained(
    subject: Subject,
    pairs: Sequence[Pair],
    rows: Mapping[tuple[int, int], Match],
    strong: Decimal,
) -> Explained:
    """``reasons`` and ``reasons_of`` of each pair, by key; without pairs whose listing is gone.

    ``rows``: the matches there are. Those keep their reasons as long as both listings are as they
    were, unless the subject is to be matched anew for what is not its own. Raises EmbeddingError.
    """
    across = {pair.key for pair in pairs if pair.total >= strong}
    made_of = {pair.key: _made_of(pair, across=pair.key in across) for pair in pairs}
    matched = IndexEntry.objects.filter(pk=subject.listing.pk, matched_source_at__isnull=False)
    known = rows if matched.exists() else {}
    standing = {
        key: {"reasons": known[key].reasons, "reasons_of": one}
        for key, one in made_of.items()
        if key in known and known[key].reasons_of == one
    }
    stale = [pair for pair in pairs if pair.key not in standing]
    if not stale:
        return standing
    others = subjects_of({pk for pair in stale for pk in pair.key} - {subject.listing.pk})
    subjects = {subject.listing.pk: subject, **others}
    stems = Stems(texts_of(subjects.values()))
    quotes = Quotes(subjects, stems.by_word)
    return standing | {
        pair.key: {
            "reasons": reasons_for(
                *(subjects[pk] for pk in pair.key),
                found=pair.found,
                stems=stems,
                quotes=quotes,
                across=pair.key in across,
            ),
            "reasons_of": made_of[pair.key],
        }
        for pair in stale
        if all(pk in subjects for pk in pair.key)
    }


def _made_of(pair: Pair, *, across: bool) -> int:
    """What reasons depend on, as a number of 64 bits with its sign.

    What is found of both sides' facts is part of it: a later version may read them otherwise. The
    statistics only say which of many sentences are quoted: once the collection has doubled,
    they are chosen anew. ``across`` counts where the two have no language in common.
    """
    one, other = pair.demand, pair.candidate
    across = across and not one.profile.shares_language(other.profile)
    facts = [value for name, value in pair.found.components.items() if name not in _TEXT]
    rows = [row.as_data() for row in pair.found.rows]
    read = _RULES, embedder_name(), collection_size().bit_length(), one.state, other.state
    digest = hashlib.sha256(repr((*read, facts, rows, across)).encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
