"""Answers to matches move the other matches of the side that gave them, at once.

The rule is :mod:`matching.scoring.learning`; here are its rows. Whoever writes matches asks
:class:`Answered` for the scores; a new answer, or one taken back, is applied to the rows there are.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from matching.models import Decision, IndexEntry, Match
from matching.scoring.compared_cache import compared_of
from matching.scoring.learning import ACCEPTED, LEARNT_REASONS, Answer, Move, Other, moved, moves_of
from matching.scoring.profiles import Compared
from matching.scoring.requirements import PASS, UNKNOWN, compare_rows
from matching.services.hurry import hurry_listings
from matching.services.weights import active_weights
from matching.vectors.similarity import same_statistics

Side, Verdict = Decision.Side, Decision.Verdict


class Answered:
    """The answers that move matches of these listings: a demand's own, and a candidate's own.

    Two short statements; a few more where somebody has answered.
    """

    def __init__(self, demand_ids: Iterable[int], candidate_ids: Iterable[int]) -> None:
        says = Q(verdict=Verdict.ACCEPTED) | Q(
            verdict=Verdict.DISMISSED, reason__in=LEARNT_REASONS, returned_at=None
        )
        asked = Q(side=Side.DEMAND, match__demand__in=list(demand_ids))
        offered = Q(side=Side.CANDIDATE, match__candidate__in=list(candidate_ids))
        rows = Decision.objects.filter(says, asked | offered).order_by("pk")
        found = list(
            rows.values_list(
                "pk", "side", "verdict", "reason", "facts", "match__demand", "match__candidate"
            )
        )
        others = {
            candidate if side == Side.DEMAND else demand
            for _, side, *_x, demand, candidate in found
        }
        known = compared_of(sorted(others)) if others else {}
        self._by_listing: dict[tuple[str, int], list[Answer]] = {}
        for pk, side, verdict, reason, facts, demand, candidate in found:
            own, other = (demand, candidate) if side == Side.DEMAND else (candidate, demand)
            if other in known:
                said = ACCEPTED if verdict == Verdict.ACCEPTED else reason
                answer = Answer(pk, side, said, _other(known[other]), facts)
                self._by_listing.setdefault((side, own), []).append(answer)

    def moves(self, demand: Compared, candidate: Compared, weights: dict[str, Any]) -> list[Move]:
        """What the answers of both sides do to the match of the two."""
        asked = self._by_listing.get((Side.DEMAND, demand.profile.listing_id), ())
        offered = self._by_listing.get((Side.CANDIDATE, candidate.profile.listing_id), ())
        if not asked and not offered:
            return []
        missed = _missed(demand, candidate)
        return [
            *moves_of(asked, _other(candidate), missed, weights),
            *moves_of(offered, _other(demand), missed, weights),
        ]

    def values(
        self, demand: Compared, candidate: Compared, base: Decimal, weights: dict[str, Any]
    ) -> dict[str, Any]:
        """The fields of a match that answers decide: score, the score without them, the moves."""
        moves = self.moves(demand, candidate, weights)
        return {
            "base_score": base,
            "score": moved(base, moves, weights),
            "moves": [move.as_data() for move in moves],
        }


def _other(compared: Compared) -> Other:
    profile = compared.profile
    return Other(profile.listing_id, profile.kind, compared.side, profile.direction)


def _missed(demand: Compared, candidate: Compared) -> Sequence[tuple[str, str]]:
    rows = compare_rows(demand.side.required, candidate.side.evidence)
    failed = [row for row in rows if row.result not in (PASS, UNKNOWN)]
    missed = failed or [row for row in rows if row.result == UNKNOWN]
    return [(row.required.quantity, row.required.term) for row in missed]


def lock_matches(listing_id: int, side: str) -> None:
    """Hold all matches of a side's listing, in one order, until the transaction ends."""
    rows = Match.objects.select_for_update().filter(**{side: listing_id}).order_by("pk")
    list(rows.values_list("pk", flat=True))


@same_statistics()
def relearn(listing_id: int, side: str) -> int:
    """Apply a side's answers to the matches there are of its listing; returns how many moved.

    Inside the transaction that holds them. The listing is outstanding for the workers after it, so
    that a match written in the meantime without the answer gets it within seconds.
    """
    rows = list(Match.objects.filter(**{side: listing_id}, is_current=True).order_by("pk"))
    known = compared_of(sorted({pk for row in rows for pk in (row.demand_id, row.candidate_id)}))
    pairs = [row for row in rows if row.demand_id in known and row.candidate_id in known]
    weights = active_weights().weights
    answered = Answered({row.demand_id for row in pairs}, {row.candidate_id for row in pairs})
    changed = []
    for row in pairs:
        values = answered.values(known[row.demand_id], known[row.candidate_id], row.base, weights)
        if row.score != values["score"] or row.moves != values["moves"]:
            for name, value in values.items():
                setattr(row, name, value)
            row.updated_at = timezone.now()
            changed.append(row)
    Match.objects.bulk_update(changed, ["base_score", "score", "moves", "updated_at"])
    match_again([listing_id])
    return len(changed)


def match_again(listing_ids: Iterable[int]) -> None:
    """Make the matches of these listings outstanding, and hurry the workers after the commit."""
    ids = sorted(set(listing_ids))
    IndexEntry.objects.filter(pk__in=ids).update(matched_source_at=None)
    hurry_listings(ids)


def moved_by(decision: Decision) -> int:
    """How many other matches of its side this answer moves."""
    side = decision.side
    own = F("demand_id") if side == Side.DEMAND else F("candidate_id")
    listing = decision.match.demand_id if side == Side.DEMAND else decision.match.candidate_id
    rows = Match.objects.annotate(own=own).filter(own=listing, is_current=True)
    return rows.filter(moves__contains=[{"decision": decision.pk}]).count()
