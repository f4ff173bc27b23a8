"""Two versions of the weights beside each other: what the stored matches would become."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.cache import cache
from django.db.models import Q

from matching.models import Decision, Match, ScoringWeights
from matching.scoring.compared_cache import compared_of
from matching.scoring.learning import LEARNT_REASONS
from matching.scoring.profiles import text_fit
from matching.scoring.score import score
from matching.vectors.similarity import same_statistics

MOST_DEMANDS = 60  # of both kinds of candidates; more would keep a page waiting
BANDS = tuple(range(0, 100, 10))
_TOP = 10
_KEPT_SECONDS = 600

Scores = dict[int, float]


def compare_versions(old: ScoringWeights, new: ScoringWeights) -> dict[str, Any]:
    """How the order of the stored matches, their scores and the answered ones differ.

    Of at most 60 demands, spread over all, those with answers first; remembered for ten minutes.
    Answers to other matches do not count: they are no weights. Changes nothing.
    """
    key = f"weights-compared:{old.pk}:{new.pk}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _compare(old.weights, new.weights)
        cache.set(key, found, _KEPT_SECONDS)
    return found


@same_statistics()
def _compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    verdicts = _verdicts()
    demands, total = _demands(set(verdicts))
    rows: dict[tuple[int, str], list[int]] = {}
    current = Match.objects.filter(demand__in=demands, is_current=True).order_by("pk")
    for demand, kind, candidate in current.values_list("demand", "kind", "candidate"):
        rows.setdefault((demand, kind), []).append(candidate)
    result = _Result()
    for (demand, _kind), candidates in rows.items():
        before, after = _scores(demand, candidates, old), _scores(demand, candidates, new)
        result.add(before, after)
    for demand in demands:
        said = verdicts.get(demand, {})
        before, after = _scores(demand, list(said), old), _scores(demand, list(said), new)
        result.judge(said, before, after)
    return {"demands": len(demands), "demands_of": total, **result.as_data()}


def _verdicts() -> dict[int, dict[int, bool]]:
    """Demand → candidate → accepted, or dismissed for a reason of fit by either side."""
    fit = Q(verdict=Decision.Verdict.DISMISSED, reason__in=LEARNT_REASONS)
    rows = Decision.objects.filter(fit | Q(verdict=Decision.Verdict.ACCEPTED)).order_by("pk")
    found: dict[int, dict[int, bool]] = {}
    for demand, candidate, verdict in rows.values_list(
        "match__demand", "match__candidate", "verdict"
    ):
        accepted = verdict == Decision.Verdict.ACCEPTED
        known = found.setdefault(demand, {})
        known[candidate] = known.get(candidate, True) and accepted
    return found


def _demands(first: set[int]) -> tuple[list[int], int]:
    """Those with answers, then others at equal distances; and how many there are in all."""
    rows = Match.objects.filter(is_current=True).order_by("demand").values_list("demand", flat=True)
    known = list(rows.distinct())
    chosen = sorted(first)[:MOST_DEMANDS]
    rest = [pk for pk in known if pk not in first]
    room = MOST_DEMANDS - len(chosen)
    step = max(len(rest) / room, 1.0) if room else 1.0
    chosen += [rest[int(place * step)] for place in range(min(room, len(rest)))]
    return chosen, len(set(known) | first)


def _scores(demand: int, candidates: Sequence[int], weights: Mapping[str, Any]) -> Scores:
    known = compared_of(sorted({demand, *candidates}))
    if demand not in known:
        return {}
    asks = known[demand]
    return {
        pk: score(asks.side, known[pk].side, text_fit(asks, known[pk]), weights).total
        for pk in candidates
        if pk in known
    }


class _Result:
    """Counts over all lists that were compared."""

    def __init__(self) -> None:
        self.matches = self.moved = self.lists = 0
        self.overlap = 0.0
        self.bands: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self.pairs = 0
        self.right = [0.0, 0.0]

    def add(self, before: Scores, after: Scores) -> None:
        """One demand's candidates of one kind."""
        orders = [sorted(found, key=lambda pk: (-found[pk], pk)) for found in (before, after)]
        self.matches += len(orders[0])
        self.moved += sum(a != b for a, b in zip(*orders, strict=True))
        top = min(_TOP, len(orders[0]))
        if top:
            self.lists += 1
            self.overlap += len(set(orders[0][:top]) & set(orders[1][:top])) / top
        for found, bands in zip((before, after), self.bands, strict=True):
            bands.update(min(int(value * 10), 9) * 10 for value in found.values())

    def judge(self, said: Mapping[int, bool], before: Scores, after: Scores) -> None:
        """Of a demand's answered candidates: pairs of an accepted and a dismissed one."""
        yes = [pk for pk, accepted in said.items() if accepted and pk in before]
        no = [pk for pk, accepted in said.items() if not accepted and pk in before]
        self.pairs += len(yes) * len(no)
        for place, found in enumerate((before, after)):
            self.right[place] += sum(
                (found[a] > found[b]) + 0.5 * (found[a] == found[b]) for a in yes for b in no
            )

    def as_data(self) -> dict[str, Any]:
        """Plain values; shares 0–1, None where there is nothing to compare."""
        return {
            "matches": self.matches,
            "moved_share": self.moved / self.matches if self.matches else None,
            "top_overlap": self.overlap / self.lists if self.lists else None,
            "scores": [
                {"from": low, "to": low + 10, "old": self.bands[0][low], "new": self.bands[1][low]}
                for low in BANDS
            ],
            "answered_pairs": self.pairs,
            "old_right": self.right[0] / self.pairs if self.pairs else None,
            "new_right": self.right[1] / self.pairs if self.pairs else None,
        }
