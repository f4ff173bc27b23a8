"""Who should talk to whom: the matches of one listing.

A demand keeps its best achievements and its best experts, an achievement or expert its best
demands; a match stands while either side keeps it. Whichever side is matched, a pair that is among
the best of the other one is kept for that as well. The score of a pair depends on the pair and
the collection's statistics alone, not on which side asked, so running again, or from the other
side, writes the same rows.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from achievements.models import Demand, Listing
from matching.models import IndexEntry, Match, ScoringWeights
from matching.scoring.compared_cache import compared_of
from matching.scoring.profiles import (
    AnyListing,
    text_fit,
)
from matching.scoring.score import Score, score
from matching.scoring.subjects import Subject, subjects_of
from matching.services.candidates import candidates, eligible
from matching.services.explaining import explained
from matching.services.learning import Answered
from matching.services.notices import tell_new_matches
from matching.services.pairs import Pair
from matching.services.returning import return_dismissed
from matching.services.weights import active_weights
from matching.vectors.similarity import collection_size, same_statistics

ADVISORY_MATCH = 7403


@transaction.atomic
@same_statistics()
def match_listing(listing_id: int) -> int:
    """Find and write the matches of one listing; returns how many stand for it.

    Pairs of other listings are not touched. Matches that are no longer found are removed, or kept
    as such when a decision hangs on them. Owners are told of new strong matches. Notes the state
    of the listing that was read, so a change in the meantime leaves it outstanding. A listing that
    is gone, not live or not indexed yet has nothing to match. Raises EmbeddingError.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [ADVISORY_MATCH, listing_id & 0x7FFFFFFF]
        )
    subject = subjects_of([listing_id]).get(listing_id)
    if subject is None or not subject.listing.is_live:
        return 0
    weights = active_weights()
    rows = _rows_of(subject)
    pairs = _compare(subject, rows, weights)
    kept = _write(subject, pairs, rows, weights)
    IndexEntry.objects.filter(pk=listing_id).update(
        matched_source_at=subject.compared.updated_at,
        matched_weights=weights,
        matched_documents=collection_size(),
    )
    return kept


@same_statistics()
def rank_candidates(
    listing_id: int, kind: str, *, only: set[int] | None = None
) -> list[tuple[int, float]]:
    """What :func:`match_listing` compares of one kind, with scores, the best first; writes nothing.

    ``only`` compares with these listings instead of looking for candidates. Raises EmbeddingError.
    """
    subject = subjects_of([listing_id])[listing_id]
    if only is None:
        only = candidates(subject.listing, subject.profile, kind)
    return rank_for(subject, only)


def rank_for(subject: Subject, only: set[int]) -> list[tuple[int, float]]:
    """These listings with their scores for a subject, saved or not, the best first; writes
    nothing. Raises EmbeddingError."""
    pairs = _compare_with(subject, only, active_weights())
    asks = isinstance(subject.listing, Demand)
    return [
        ((pair.candidate if asks else pair.demand).profile.listing_id, pair.found.total)
        for pair in _by_score(pairs)
    ]


def _other_kinds(listing: AnyListing) -> tuple[str, ...]:
    if isinstance(listing, Demand):
        return (Listing.Kind.ACHIEVEMENT, Listing.Kind.EXPERT)
    return (Listing.Kind.DEMAND,)


def _rows_of(subject: Subject) -> dict[tuple[int, int], Match]:
    """The rows there are for this listing, locked."""
    side = "demand" if isinstance(subject.listing, Demand) else "candidate"
    rows = Match.objects.select_for_update().filter(**{side: subject.listing.pk}).order_by("pk")
    return {(row.demand_id, row.candidate_id): row for row in rows}


def _compare(
    subject: Subject, rows: dict[tuple[int, int], Match], weights: ScoringWeights
) -> list[Pair]:
    """All comparisons of the listing, ranked per kind; without rank: not among the best."""
    asks = isinstance(subject.listing, Demand)
    known = {candidate if asks else demand for demand, candidate in rows}
    pairs: list[Pair] = []
    for kind in _other_kinds(subject.listing):
        allowed = eligible(subject.listing, kind).filter(pk__in=known)
        ids = candidates(subject.listing, subject.profile, kind)
        ids |= set(allowed.values_list("pk", flat=True))
        pairs += _ranked(_compare_with(subject, ids, weights), weights)
    return pairs


def _compare_with(
    subject: Subject, listing_ids: Iterable[int], weights: ScoringWeights
) -> list[Pair]:
    """The comparisons of one listing with these, in no order."""
    asks = isinstance(subject.listing, Demand)
    others = compared_of(sorted(listing_ids))
    found = []
    for _pk, other in sorted(others.items()):
        demand, candidate = (subject.compared, other) if asks else (other, subject.compared)
        fit = text_fit(demand, candidate)
        result = score(demand.side, candidate.side, fit, weights.weights)
        found.append(Pair(demand, candidate, result))
    return found


def _by_score(pairs: Sequence[Pair]) -> list[Pair]:
    """The best first; the numbers of the listings break ties."""
    return sorted(pairs, key=lambda pair: (-pair.found.total, pair.key))


def _ranked(pairs: Sequence[Pair], weights: ScoringWeights) -> list[Pair]:
    """The best first, with ranks for those that are good enough and among the best."""
    least = Decimal(str(weights.weights["least"]))
    return [
        Pair(
            pair.demand,
            pair.candidate,
            pair.found,
            place if place <= weights.weights["keep"] and pair.total >= least else None,
        )
        for place, pair in enumerate(_by_score(pairs), start=1)
    ]


def _write(
    subject: Subject,
    pairs: Sequence[Pair],
    rows: dict[tuple[int, int], Match],
    weights: ScoringWeights,
) -> int:
    """Bring the rows in line with the comparisons; rows that stay as they are are not written."""
    asks = isinstance(subject.listing, Demand)
    mine, theirs = ("demand_rank", "candidate_rank") if asks else ("candidate_rank", "demand_rank")
    least = Decimal(str(weights.weights["least"]))
    held = {key for key, row in rows.items() if getattr(row, theirs) is not None}
    spare = [p for p in pairs if p.rank is None and p.total >= least and p.key not in held]
    places = _places_with_them(subject, spare, weights)
    proposed = set(
        Match.objects.filter(pk__in=[row.pk for row in rows.values()], curation__isnull=False)
        .order_by()
        .values_list("demand", "candidate")
    )
    wanted = [
        pair
        for pair in pairs
        if pair.rank is not None
        or pair.key in places
        or pair.key in proposed  # by a person: stays however low it scores
        or (pair.key in held and pair.total >= least)
    ]
    return_dismissed(subject.listing.pk, [rows[p.key].pk for p in wanted if p.key in rows])
    answered = Answered({pair.key[0] for pair in wanted}, {pair.key[1] for pair in wanted})
    strong = Decimal(str(weights.weights["strong"]))
    reasons = explained(subject, wanted, rows, strong)
    wanted = [pair for pair in wanted if pair.key in reasons]
    new, changed = [], []
    for pair in sorted(wanted, key=lambda pair: pair.key):
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
            kind = pair.candidate.profile.kind
            one, other = pair.key
            new.append(Match(demand_id=one, candidate_id=other, kind=kind, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.updated_at = timezone.now()
            changed.append(row)
    _write_rows(new, mine)
    _write_rows(changed, mine, theirs, "updated_at")
    _drop(rows, {pair.key for pair in wanted}, mine)
    tell_new_matches(subject.listing, [row for row in new if row.score >= strong])
    return len(wanted)


def _places_with_them(
    subject: Subject, spare: Sequence[Pair], weights: ScoringWeights
) -> dict[tuple[int, int], int]:
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


def _drop(rows: dict[tuple[int, int], Match], wanted: set[tuple[int, int]], mine: str) -> None:
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
