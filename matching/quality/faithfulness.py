"""Whether the quoted passages are why a pair scores: without them the score must fall.

And it must fall by more than without other sentences, as many and about as long. A listing without
some of its sentences is written, indexed and embedded like any other.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from achievements.models import Listing
from matching.quality.judged import Text
from matching.quality.ranking import an_organisation, index_listings, write_listings
from matching.scoring.compared_cache import compared_of
from matching.scoring.passages import agreeing
from matching.scoring.profiles import Compared, text_fit
from matching.scoring.score import Side, score
from matching.scoring.subjects import Subject, subjects_of
from matching.services.quoting import Quotes
from matching.services.reasons import Stems, texts_of
from matching.services.weights import active_weights


@dataclass(frozen=True)
class Faithfulness:
    """Of so many pairs that could be tested, how many scores fell, and fell by more than by
    chance."""

    pairs: int
    fell: int
    fell_by_more: int

    @property
    def share(self) -> float:
        """Of those tested, the share that is faithful."""
        return self.fell_by_more / self.pairs if self.pairs else 0.0


@dataclass(frozen=True)
class _Cut:
    """One side of a pair without what is quoted, and without something else."""

    kind: str
    quoted: Text
    other: Text


def faithfulness(pairs: Sequence[tuple[int, int]], seed: int = 1) -> Faithfulness:
    """Test these pairs of a demand and a candidate, within an indexed corpus.

    A side that consists of what is quoted, or has nothing else that could be left out, stays as it
    is; pairs of two such sides are not tested. Raises EmbeddingError.
    """
    chance = random.Random(seed)  # noqa: S311 - a fair choice, no secret
    subjects = subjects_of({pk for pair in pairs for pk in pair})
    stems = Stems(texts_of(subjects.values()))
    quotes = Quotes(subjects, stems.by_word)
    cuts: list[tuple[Subject, Subject, list[_Cut | None]]] = []
    for asks, offers in pairs:
        demand, candidate = subjects[asks], subjects[offers]
        found = agreeing(
            quotes.of(demand, candidate),
            quotes.of(candidate, demand),
            stems.weigh,
        )
        sides = [
            _cut(demand, {pair.demand for pair in found}, chance),
            _cut(candidate, {pair.candidate for pair in found}, chance),
        ]
        if any(sides):
            cuts.append((demand, candidate, sides))
    return _tested(cuts)


def _cut(subject: Subject, quoted: set[str], chance: random.Random) -> _Cut | None:
    document = subject.document
    parts = [part for _title, sentences in document.readings for part in sentences]
    gone = [part for part in parts if part[:280].rstrip() in quoted]
    rest = [part for part in parts if part not in gone]
    if not gone or len(rest) <= len(gone):
        return None
    others: list[str] = []
    for part in gone:
        left = [one for one in rest if one not in others]
        near = sorted(left, key=lambda one: abs(len(one) - len(part)))[:4]
        others.append(chance.choice(near))
    title = document.titles[0] if document.titles else ""
    return _Cut(document.kind, _text(title, parts, gone), _text(title, parts, others))


def _text(title: str, parts: Sequence[str], without: Sequence[str]) -> Text:
    kept = [part for part in parts if part not in without]
    heading = title if title in kept else ""
    return Text("", heading, "\n".join(part for part in kept if part != heading))


def _tested(cuts: Sequence[tuple[Subject, Subject, list[_Cut | None]]]) -> Faithfulness:
    made = _written(
        [cut for _demand, _candidate, sides in cuts for cut in sides if cut is not None]
    )
    weights = active_weights().weights
    fell = by_more = 0
    for demand, candidate, sides in cuts:
        whole = [demand.compared, candidate.compared]
        without, otherwise = (
            [
                made[cut][which] if cut is not None else one
                for cut, one in zip(sides, whole, strict=True)
            ]
            for which in (0, 1)
        )
        scores = [
            score(Side(), Side(), text_fit(*pair), weights).total
            for pair in (whole, without, otherwise)
        ]
        fell += scores[1] < scores[0]
        by_more += scores[1] < min(scores[0], scores[2])
    return Faithfulness(len(cuts), fell, by_more)


def _written(cuts: Sequence[_Cut]) -> Mapping[_Cut, tuple[Compared, Compared]]:
    """Both variants of each, indexed and embedded."""
    owner = an_organisation("cut")
    ids: dict[_Cut, tuple[int, int]] = {}
    for kind in Listing.Kind.values:
        own = [cut for cut in cuts if cut.kind == kind]
        texts = [text for cut in own for text in (cut.quoted, cut.other)]
        written = write_listings(texts, kind, owner)
        ids |= {
            cut: (first, second)
            for cut, first, second in zip(own, written[::2], written[1::2], strict=True)
        }
    index_listings([pk for pair in ids.values() for pk in pair])
    known = compared_of([pk for pair in ids.values() for pk in pair])
    return {cut: (known[first], known[second]) for cut, (first, second) in ids.items()}
