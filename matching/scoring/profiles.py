"""Listings as the matcher compares them: their texts' figures beside their structured facts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from statistics import NormalDist

import numpy as np
from django.db.models import BigIntegerField, Case, When
from django.db.models.functions import Cast
from numpy.typing import NDArray

from achievements.models import (
    Achievement,
    Demand,
    Expert,
    Listing,
)
from matching.embedding import Vectors
from matching.models import DIMENSIONS, IndexEntry
from matching.scoring.lexicon import Words, shares_of, weights_of
from matching.scoring.score import Side, TextFit
from matching.sql.columns import among, half_precision, read_rows
from matching.vectors.quantization import as_rows
from matching.vectors.scales import Scale, Scales, scales
from matching.vectors.similarity import asking, centres_of, kind_size

AnyListing = Achievement | Demand | Expert

# Works of one person lie so many of the deviations of all from each other.
APART = 0.8
# What a deviation of a person's meaning and words counts beside one of an achievement's, where
# words are compared. Chosen so that among equally many people scores are as high as they were.
OF_PEOPLE = (0.75, 1.5)

# Whom a listing is compared with.
_OTHER_SIDE = {
    Listing.Kind.DEMAND: (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT),
    Listing.Kind.ACHIEVEMENT: (Listing.Kind.DEMAND,),
    Listing.Kind.EXPERT: (Listing.Kind.DEMAND,),
}


@dataclass(frozen=True)
class Profile:
    """What the index knows of one listing's text.

    ``direction`` is None while not embedded; ``words`` have their BM25 weights in this text.
    ``works``: where each work of a person lies [n, 384], none for other listings.
    """

    listing_id: int
    kind: str
    languages: str
    direction: Vectors | None
    words: Words
    works: Vectors = field(default_factory=lambda: np.empty((0, DIMENSIONS), np.float32))

    def shares_language(self, other: "Profile") -> bool:
        """Whether both are written in a common language."""
        return any(code in other.languages for code in ("en", "zh") if code in self.languages)


def load_profiles(listing_ids: Sequence[int]) -> dict[int, Profile]:
    """The profiles of these listings by id, in one statement."""
    of_people = Case(When(kind=Listing.Kind.EXPERT, then="passages__vectors"))
    entries = IndexEntry.objects.filter(among(listing_ids)).values_list(
        Cast("pk", BigIntegerField()), "kind", "languages", "direction", "lexical", of_people
    )
    found = {}
    for pk, kind, languages, direction, lexical, passages in read_rows(entries):
        way = half_precision(direction) if direction else None
        profile = Profile(
            int.from_bytes(pk),
            str(kind, "ascii"),
            str(languages, "ascii"),
            way,
            Words.received(lexical),
        )
        if passages and way is not None:
            works = _works(bytes(passages), profile.kind, profile.languages)
            profile = replace(profile, works=works)
        found[profile.listing_id] = profile
    return found


def _works(passages: bytes, kind: str, languages: str) -> Vectors:
    """Directions of a person's works; their mean, the direction, is all that one work has."""
    rows = as_rows(passages)
    if len(rows) < 2:
        return rows[:0]
    away = rows - centres_of(kind, languages)[1]
    lengths = np.linalg.norm(away, axis=1, keepdims=True)
    works: Vectors = (away / np.maximum(lengths, 1e-12)).astype(np.float32)
    return works


def telling_words(profile: Profile) -> Words:
    """A text's words as a question: each by how much it weighs in the text and how rare it is.

    What a demand says often counts the more: there the weight in the text is squared.
    """
    amounts = profile.words.amounts
    if profile.kind == Listing.Kind.DEMAND:
        amounts = amounts**2
    return Words(profile.words.places, amounts * weights_of(profile.words.places))


class Outlook:
    """How one text sees the others: what agreement with it is usual, in meaning and in words.

    Agreement in words is a sum over common words of what they weigh in both. Its mean and deviation
    over the collection follow from how many texts hold each word, as if words came independently
    and weighed 1 where they are; so no scan is needed, and the figure of a long text can be
    compared with that of a short one.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.asking: Vectors | None = None
        self._scales: Scales = {}
        if profile.direction is not None:
            self.asking = asking(profile.direction)
            self._scales = scales(self.asking, _OTHER_SIDE[Listing.Kind(profile.kind)])
        self.words = telling_words(profile)
        shares, amounts = shares_of(self.words.places), self.words.amounts
        self._mean = float(amounts @ shares)
        self._deviation = float(amounts**2 @ (shares * (1 - shares))) ** 0.5

    def scale(self, other: Profile) -> Scale:
        """What nearness to the part of another text is usual."""
        known = self._scales.get((other.kind, other.languages))
        return known if known is not None else self._scales[other.kind, "enzh"]

    def meaning(self, other: Profile) -> float | None:
        """By how many deviations the other is nearer in meaning than usual."""
        if self.asking is None or other.direction is None:
            return None
        return self.scale(other).z(float(self.asking @ other.direction))

    def works_of(self, other: Profile) -> NDArray[np.float64]:
        """The same of each work of the other; of a text that is embedded."""
        scale = self.scale(other)
        near = other.works.astype(np.float64) @ _known(self.asking)
        found: NDArray[np.float64] = (near - scale.mean) / scale.deviation
        return found

    def share_of_words(self, places: Collection[int]) -> float:
        """What these words are of all that this text asks for by words, 0 to 1."""
        total = float(self.words.amounts.sum())
        there = np.isin(self.words.places, list(places))
        return float(self.words.amounts[there].sum()) / total if total else 0.0

    def wordiness(self, product: float) -> float | None:
        """By how many deviations so much agreement in words is above the usual."""
        return (product - self._mean) / self._deviation if self._deviation else None


def text_fit(demand: "Compared", candidate: "Compared") -> TextFit:
    """How the texts agree, as the mean of how unusual it is to either of them.

    Long texts have words in common with all, and some subjects lie near to all: seen from such a
    text, the same agreement is less. On judged sets this lifts nDCG@10 from 0.75 to 0.79 where both
    are long, and Chinese to English from 0.91 to 0.93.
    """
    if candidate.profile.kind == Listing.Kind.EXPERT:
        return _fit_of_person(demand.outlook, candidate.profile)
    near = demand.outlook.meaning(candidate.profile), candidate.outlook.meaning(demand.profile)
    words: tuple[float | None, float | None] = None, None
    if demand.profile.shares_language(candidate.profile):
        product = demand.outlook.words.inner(candidate.profile.words)
        words = demand.outlook.wordiness(product), candidate.outlook.wordiness(product)
    return TextFit(_mean(near), _mean(words), kind_size(candidate.profile.kind))


def _fit_of_person(asks: Outlook, person: Profile) -> TextFit:
    """How a person fits, seen from the demand alone.

    Who has done much agrees with many demands: that speaks for him and is not taken off. He is
    seen as a whole and by the nearer of the works, at equal weight. Each word of all works is
    kept, while their directions blur, so words count twice as much beside the meaning as
    elsewhere; both together as much as elsewhere (:data:`OF_PEOPLE`).
    """
    meaning = asks.meaning(person)
    if meaning is not None and len(person.works):
        meaning = (meaning + best_works(asks.works_of(person))) / 2
    words = None
    if asks.profile.shares_language(person):
        words = asks.wordiness(asks.words.inner(person.words))
    if words is not None:
        words *= OF_PEOPLE[1]
        meaning = None if meaning is None else meaning * OF_PEOPLE[0]
    return TextFit(meaning, words, kind_size(person.kind))


def _known(direction: Vectors | None) -> Vectors:
    if direction is None:
        raise ValueError("not embedded")
    return direction


def _mean(both: tuple[float | None, float | None]) -> float | None:
    one, other = both
    return None if one is None or other is None else (one + other) / 2


def best_works(nearness: NDArray[np.float64]) -> float:
    """What a person's works say together: the mean of the nearer half of them.

    Who has many works has some that are near to anything; what the nearer half of so many would be
    by chance is taken off.
    """
    half = -(-len(nearness) // 2)
    nearer = np.sort(nearness)[-half:]
    return float(nearer.mean()) - APART * _by_chance(len(nearness), half)


@cache
def _by_chance(works: int, half: int) -> float:
    """The mean of the largest of so many normal figures, by Blom's approximation."""
    usual = NormalDist().inv_cdf
    return -sum(usual((rank - 0.375) / (works + 0.25)) for rank in range(1, half + 1)) / half


@dataclass(frozen=True)
class Compared:
    """All that a score reads of a listing, as of ``updated_at``.

    ``state`` differs whenever the listing or its index entry were written in the meantime.
    """

    profile: Profile
    side: Side
    updated_at: datetime
    state: tuple[str, ...] = ()

    @cached_property
    def outlook(self) -> Outlook:
        """How its text sees others, made once for all pairs and for as long as kept."""
        return Outlook(self.profile)
