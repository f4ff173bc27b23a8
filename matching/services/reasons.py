"""Why two listings match: facts of both, as codes and plain values, rendered later by `wording`.

Only what either side may read of the other is quoted: the listings' own words. Nothing here names
an organisation.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from achievements.models import Term
from matching.scoring.lexicon import word_weights
from matching.scoring.passages import Agreement, agreeing, latin_words, shared_terms
from matching.scoring.requirements import plain
from matching.scoring.score import Score, agreeing_modes
from matching.scoring.subjects import Subject
from matching.services.quoting import Quotes, translated_terms
from matching.sql.reading import reading
from matching.text.documents import Document
from matching.text.tokens import chinese_grams, fold, languages_of, sparse_index

Reason = dict[str, Any]


class Stems:
    """The stems of words as the index has them, and how telling stems and Chinese pairs are.

    Two statements for all texts of a run.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        words = sorted({word for text in texts for word in latin_words(text)})
        with reading().cursor() as cursor:
            cursor.execute(
                "SELECT word, (tsvector_to_array(to_tsvector('english', word)))[1]"
                " FROM unnest(%s::text[]) AS word",
                [words],
            )
            self.by_word: Mapping[str, str] = {word: stem or "" for word, stem in cursor}
        tokens = {gram for text in texts for gram in chinese_grams(fold(text))}
        tokens |= {stem for stem in self.by_word.values() if stem}
        places = {token: sparse_index(token) for token in tokens}
        weights = word_weights(places.values())
        self._weights = {token: weights[place] for token, place in places.items()}

    def weigh(self, token: str) -> float:
        """How telling a token of these texts is."""
        return self._weights.get(token, 0.0)


def reasons_for(
    demand: Subject,
    candidate: Subject,
    *,
    found: Score,
    stems: Stems,
    quotes: Quotes,
    across: bool,
) -> list[Reason]:
    """The reasons of one pair, in the order they are shown; never none.

    Where the texts share neither sentences nor words, their titles are what was found near in
    meaning. ``across``: look for terms that mean the same where the two share no language (may
    cost embeddings). Raises EmbeddingError.
    """
    texts = demand.document, candidate.document
    reasons: list[Reason] = []
    if found.rows:
        rows = [row.as_data() for row in found.rows]
        reasons.append({"code": "requirements", "data": {"rows": rows}})
    if found.failed_must:
        reasons.append({"code": "failed_must", "data": {}})
    sides = quotes.of(demand, candidate), quotes.of(candidate, demand)
    reasons += _quoted(agreeing(*sides, stems.weigh))
    reasons += _fields(demand, candidate)
    if demand.profile.shares_language(candidate.profile):
        words = shared_terms(texts[0].whole_text, texts[1].whole_text, stems.by_word, stems.weigh)
        if words:
            reasons.append({"code": "terms", "data": {"terms": words}})
    elif across:
        pairs = translated_terms(demand, candidate)
        if pairs:
            reasons.append({"code": "translations", "data": {"pairs": [list(p) for p in pairs]}})
    if not {"passages", "terms"} & {reason["code"] for reason in reasons}:
        reasons += _quoted(_titles(texts))
    return reasons + _fits(demand, candidate, found)


def _titles(texts: tuple[Document, Document]) -> list[Agreement]:
    """What the two are called, each in the first language it is written in."""
    demand, candidate = (
        next(iter(filter(None, text.titles)), text.whole_text)[:280] for text in texts
    )
    return [Agreement(demand, candidate, 0.0)] if demand and candidate else []


def _quoted(pairs: Sequence[Agreement]) -> list[Reason]:
    return [
        {
            "code": "passages",
            "data": {
                "demand": pair.demand,
                "demand_language": _language(pair.demand),
                "candidate": pair.candidate,
                "candidate_language": _language(pair.candidate),
                "strength": round(pair.strength, 3),
            },
        }
        for pair in pairs
    ]


def _language(text: str) -> str:
    return "zh" if "zh" in languages_of(text) else "en"


def _fields(demand: Subject, candidate: Subject) -> list[Reason]:
    """The deepest terms that both are classified with or below."""
    lines = [
        {line.pk: line for term in side.listing.fields.all() for line in _line(term)}
        for side in (demand, candidate)
    ]
    shared = lines[0].keys() & lines[1].keys()
    parents = {lines[0][key].parent_id for key in shared}
    deepest = [lines[0][key] for key in sorted(shared - parents)]
    if not deepest:
        return []
    terms = [{"label_en": term.label_en, "label_zh": term.label_zh} for term in deepest[:4]]
    return [{"code": "fields", "data": {"terms": terms}}]


def _line(term: Term) -> Iterable[Term]:
    step: Term | None = term
    while step is not None:
        yield step
        step = step.parent


def _fits(demand: Subject, candidate: Subject, found: Score) -> list[Reason]:
    """Readiness, money, modes and place, where both sides state them."""
    asks, offers = demand.side, candidate.side
    reasons: list[Reason] = []
    data: dict[str, Any]
    if found.components["readiness"] is not None:
        data = {"offered": offers.readiness, "sought": asks.readiness}
        reasons.append({"code": "readiness", "data": data})
    if found.components["budget"] is not None:
        data = {
            "price": _amount(offers.amount),
            "budget": _amount(asks.amount),
            "currency": asks.currency,
            "fits": found.components["budget"] == 1,
        }
        reasons.append({"code": "budget", "data": data})
    if found.components["cooperation"] is not None:
        pairs = agreeing_modes(asks.modes, offers.modes)
        data = {
            "sought": sorted({a for a, _b in pairs} or asks.modes),
            "offered": sorted({b for _a, b in pairs} or offers.modes),
            "fits": bool(pairs),
            "kind": candidate.profile.kind,
        }
        reasons.append({"code": "cooperation", "data": data})
    if asks.place is not None and offers.place is not None and asks.place[0] == offers.place[0]:
        region = candidate.listing.region
        place = region if asks.place == offers.place or region is None else region.country
        if place is not None:
            data = {"name_en": place.name_en, "name_zh": place.name_zh}
            reasons.append({"code": "region", "data": data})
    return reasons


def _amount(value: Decimal | None) -> str:
    return plain(value) if value is not None else ""


def texts_of(subjects: Iterable[Subject]) -> list[str]:
    """The texts whose words a run needs the stems of."""
    return [subject.document.whole_text for subject in subjects]
