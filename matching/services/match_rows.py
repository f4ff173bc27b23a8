"""Writing what the comparisons of one listing found: its rows of matches, and only what changed."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from achievements.models import Demand
from matching.models import IndexEntry, Match, ScoringWeights
from matching.scoring.score import Score
from matching.scoring.subjects import Subject
from matching.services.explaining import explained
from matching.services.learning import Answered
from matching.services.notices import tell_new_matches
from matching.services.pairs import Pair
from matching.services.returning import return_dismissed

Key = tuple[int, int]  # demand and candidate
Rows = Mapping[Key, Match]


def rows_of(subject: Subject) -> dict[Key, Match]:
    """The rows there are for this listing, locked."""
    side = "demand" if isinstance(subject.listing, Demand) else "candidate"
    rows = Match.objects.select_for_update().filter(**{side: subject.listing.pk}).order_by("pk")
    return {(row.demand_id, row.candidate_id): row for row in rows}


def write_matches(
    subject: Subject, pairs: Sequence[Pair], rows: Rows, weights: ScoringWeights
) -> int:
    """Bring the rows in line with the comparisons; returns how many matches stand.

    Rows that stay as they are are not written. What was dismissed returns where what was wrong
    became better; owners are told of new strong matches. Raises EmbeddingError.
    """
    asks = isinstance(subject.listing, Demand)
    mine, theirs = ("demand_rank", "candidate_rank") if asks else ("candidate_rank", "demand_rank")
    least = Decimal(str(weights.weights["least"]))
    strong = Decimal(str(weights.weights["strong"]))
    held = {key for key, row in rows.items() if getattr(row, theirs) is not None}
    spare = [p for p in pairs if p.rank is None and p.total >= least and p.key not in held]
    places = _places_with_them(subject, spare, weights)
    proposed = _proposed(rows)  # by a person: stays however low it scores
    wanted = [
        pair
        for pair in pairs
        if pair.rank is not None
        or pair.key in places
        or pair.key in proposed
        or (pair.key in held and pair.total >= least)
    ]
    return_dismissed(subject.listing.pk, [rows[p.key].pk for p in wanted if p.key in rows])
    reasons = explained(subject, wanted, rows, strong)
    wanted = sorted((p for p in wanted if p.key in reasons), key=lambda pair: pair.key)
    answered = Answered({pair.key[0] for pair in wanted}, {pair.key[1] for pair in wanted})
    new, changed = [], []
    for pair in wanted:
        values: dict[str, Any] = {
            **answered.values(pair.demand, pair.candidate, pair.total, weights.weights),
            "components": _components(pair.found, weights),
            **reasons[pair.key],
            "weights_id": weights.pk,
            mine: pair.rank,
            "is_current": True,
        }
        if pair.key in places:
            values[theirs] = places[pair.key]
        row = rows.get(pair.key)
        if row is None:
            new.append(_row(pair, values))
        elif _change(row, values):
            changed.append(row)
    _write_rows(new, mine)
    _write_rows(changed, mine, theirs, "updated_at")
    _drop(rows, {pair.key for pair in wanted})
    tell_new_matches(subject.listing, [row for row in new if row.score >= strong])
    return len(wanted)


def _proposed(rows: Rows) -> set[Key]:
    """Those of the rows that a curator put there."""
    found = Match.objects.filter(pk__in=[row.pk for row in rows.values()], curation__isnull=False)
    return set(found.order_by().values_list("demand", "candidate"))


def _row(pair: Pair, values: Mapping[str, Any]) -> Match:
    demand, candidate = pair.key
    kind = pair.candidate.profile.kind
    return Match(demand_id=demand, candidate_id=candidate, kind=kind, **values)


def _change(row: Match, values: Mapping[str, Any]) -> bool:
    """Give the row these values; whether it had others."""
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = timezone.now()
    return True


def _places_with_them(
    subject: Subject, spare: Sequence[Pair], weights: ScoringWeights
) -> dict[Key, int]:
    """Pairs that are not among our best, but among the best of the other side, with their place.

    Without these a newcomer that fits many would reach the best few of them only, until the
    others are matched again themselves. Who has not been matched yet finds it then.
    """
    asks = isinstance(subject.listing, Demand)
    side = "candidate" if asks else "demand"
    others = {pair.key[1 if asks else 0] for pair in spare}
    entries = IndexEntry.objects.filter(pk__in=others, matched_weights=weights)
    matched = set(entries.values_list("pk", flat=True))
    kept = Match.objects.filter(**{f"{side}__in": matched, "is_current": True})
    if not asks:  # a demand keeps its best of each kind
        kept = kept.filter(kind=subject.profile.kind)
    scores: dict[int, list[Decimal]] = {}
    for other, kept_score in kept.values_list(side, Coalesce("base_score", "score")):
        scores.setdefault(other, []).append(kept_score)
    places = {}
    for pair in spare:
        other = pair.key[1 if asks else 0]
        place = 1 + sum(kept_score >= pair.total for kept_score in scores.get(other, ()))
        if other in matched and place <= weights.weights["keep"]:
            places[pair.key] = place
    return places


def _write_rows(rows: Sequence[Match], *more: str) -> None:
    """Add new rows, or change those that are held, in one statement.

    Of a new row that the other side's run added a moment ago, only our rank is among ``more``.
    """
    Match.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["demand", "candidate"],
        update_fields=[
            *("score", "base_score", "moves", "components", "reasons", "reasons_of"),
            *("weights", "is_current", *more),
        ],
    )


def _drop(rows: Rows, wanted: set[Key]) -> None:
    """What is no longer found goes; where somebody decided, the row stays as no longer found."""
    gone = [row.pk for key, row in rows.items() if key not in wanted]
    Match.objects.filter(pk__in=gone, decisions__isnull=True).delete()
    Match.objects.filter(pk__in=gone).exclude(
        is_current=False, demand_rank=None, candidate_rank=None
    ).update(is_current=False, demand_rank=None, candidate_rank=None, updated_at=timezone.now())


def _components(found: Score, weights: ScoringWeights) -> dict[str, Any]:
    shares = weights.weights["components"]
    return {
        name: {"value": None if value is None else round(value, 4), "weight": shares[name]}
        for name, value in found.components.items()
    }
