"""Listings as the matcher compares them: their texts' figures, and their structured facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

import numpy as np

from achievements.models import Achievement, Demand, Expert, Term
from matching.embedding import Vectors
from matching.models import IndexEntry, Lexeme
from matching.requirements import Measured, Required
from matching.scoring import Side, TextFit
from matching.search import weight_of
from matching.similarity import Scales, collection_size, scales, statistics_key

AnyListing = Achievement | Demand | Expert


@dataclass(frozen=True)
class Profile:
    """What the index knows of one listing's text.

    ``direction`` is None while not embedded; ``words`` maps each lexeme's place to its BM25 weight
    in this text.
    """

    listing_id: int
    kind: str
    languages: str
    direction: Vectors | None
    words: Mapping[int, float]

    def shares_language(self, other: "Profile") -> bool:
        """Whether both are written in a common language."""
        return any(code in other.languages for code in ("en", "zh") if code in self.languages)


def load_profiles(listing_ids: Iterable[int]) -> dict[int, Profile]:
    """The profiles of these listings by id, in one statement."""
    entries = IndexEntry.objects.filter(pk__in=list(listing_ids)).values_list(
        "pk", "kind", "languages", "direction", "lexical"
    )
    found = {}
    for pk, kind, languages, direction, lexical in entries:
        way = None if direction is None else np.asarray(direction, dtype=np.float32)
        words = (
            dict(zip(lexical.indices(), lexical.values(), strict=True))
            if lexical is not None
            else {}
        )
        found[pk] = Profile(pk, kind, languages, way, words)
    return found


class _Known:
    """Document frequencies looked up before, for as long as the statistics hold."""

    key: ClassVar[object] = None
    documents: ClassVar[dict[int, int]] = {}


def word_weights(places: Iterable[int]) -> dict[int, float]:
    """How telling the lexemes at these places are: their inverse document frequency."""
    if statistics_key() != _Known.key or len(_Known.documents) > 500_000:
        _Known.key, _Known.documents = statistics_key(), {}
    wanted = set(places)
    missing = wanted - _Known.documents.keys()
    if missing:
        rows = Lexeme.objects.filter(place__in=missing).values_list("place", "documents")
        _Known.documents.update(dict.fromkeys(missing, 0))
        _Known.documents.update(rows)
    size = collection_size()
    return {place: weight_of(_Known.documents[place], size) for place in wanted}


def word_shares(places: Iterable[int]) -> dict[int, float]:
    """In what share of the collection the lexemes at these places occur."""
    known = list(places)
    word_weights(known)
    size = max(collection_size(), 1)
    return {place: min(_Known.documents[place] / size, 1.0) for place in known}


class Comparison:
    """One demand's text against candidates: their agreement does not depend on who asks.

    The words' score of a candidate is a sum over the demand's words of what they weigh in both.
    Its mean and deviation over the collection follow from how many texts hold each word, as if
    words came independently and weighed 1 where they are; so no scan is needed, and the figure
    of a long demand can be compared with that of a short one.
    """

    def __init__(self, demand: Profile) -> None:
        self.demand = demand
        self.scales: Scales = {}
        if demand.direction is not None:
            self.scales = scales(demand.direction)
        weights = word_weights(demand.words)
        self.words = {place: weights[place] * amount for place, amount in demand.words.items()}
        shares = word_shares(self.words)
        self._mean = sum(weight * shares[place] for place, weight in self.words.items())
        variance = sum(
            weight**2 * shares[place] * (1 - shares[place]) for place, weight in self.words.items()
        )
        self._deviation = variance**0.5

    def fit(self, candidate: Profile) -> TextFit:
        """Deviations of the meaning and of the words."""
        return TextFit(self._meaning(candidate), self._words(candidate))

    def _meaning(self, candidate: Profile) -> float | None:
        direction = self.demand.direction
        if direction is None or candidate.direction is None:
            return None
        scale = self.scales.get((candidate.kind, candidate.languages))
        if scale is None:
            scale = self.scales[candidate.kind, "enzh"]
        return scale.z(float(direction @ candidate.direction))

    def _words(self, candidate: Profile) -> float | None:
        if not self._deviation or not self.demand.shares_language(candidate):
            return None
        product = sum(
            weight * candidate.words[place]
            for place, weight in self.words.items()
            if place in candidate.words
        )
        return (product - self._mean) / self._deviation


def side_of(listing: AnyListing) -> Side:
    """The structured facts of a listing that `load_listings` has loaded."""
    region = listing.region
    common = Side(
        fields=frozenset(_path(term) for term in listing.fields.all()),
        place=(region.country.code, region.code) if region is not None else None,
    )
    if isinstance(listing, Demand):
        return Side(
            fields=common.fields,
            place=common.place,
            readiness=listing.trl_min,
            modes=frozenset(listing.cooperation_modes),
            amount=listing.budget_max if listing.budget_max is not None else listing.budget_min,
            currency=listing.currency,
            required=_requirements(listing),
        )
    if isinstance(listing, Achievement):
        return Side(
            fields=common.fields,
            place=common.place,
            readiness=listing.trl,
            modes=frozenset(listing.transfer_modes),
            amount=_price(listing),
            currency=listing.currency,
            evidence=_evidence(listing),
        )
    return Side(fields=common.fields, place=common.place, modes=frozenset(listing.services))


def _price(achievement: Achievement) -> Decimal | None:
    if achievement.price_mode == Achievement.PriceMode.NEGOTIABLE:
        return None
    return achievement.price_min


def _path(term: Term) -> tuple[str, ...]:
    """The scheme's code, then the codes from the root to the term."""
    codes = []
    step: Term | None = term
    while step is not None:
        codes.append(step.code)
        step = step.parent
    return (term.scheme.code, *reversed(codes))


def _requirements(demand: Demand) -> Sequence[Required]:
    return [
        Required(
            quantity=row.quantity,
            term=row.term.code if row.term is not None else "",
            value=row.value,
            unit=row.unit,
            label_en=row.term.label_en if row.term is not None else "",
            label_zh=row.term.label_zh if row.term is not None else "",
            operator=row.operator,
            value_max=row.value_max,
            must=row.priority == "must",
        )
        for row in demand.requirements.all()
    ]


def _evidence(achievement: Achievement) -> Sequence[Measured]:
    return [
        Measured(
            quantity=row.quantity,
            term=row.term.code if row.term is not None else "",
            value=row.value,
            unit=row.unit,
            label_en=row.term.label_en if row.term is not None else "",
            label_zh=row.term.label_zh if row.term is not None else "",
        )
        for row in achievement.evidence.all()
    ]


@dataclass(frozen=True)
class Subject:
    """A listing with everything the matcher compares, as of ``updated_at``."""

    listing: AnyListing
    profile: Profile
    side: Side

    @property
    def updated_at(self) -> datetime:
        """The state of the listing that was read."""
        return self.listing.updated_at
