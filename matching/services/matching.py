"""Who should talk to whom: the matches of one listing.

A demand keeps its best achievements and its best experts, an achievement or expert its best
demands; a match stands while either side keeps it. Whichever side is matched, a pair that is among
the best of the other one is kept for that as well. The score of a pair depends on the pair and
the collection's statistics alone, not on which side asked, so running again, or from the other
side, writes the same rows.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import connection, transaction

from achievements.models import Demand, Listing
from matching.models import IndexEntry, ScoringWeights
from matching.scoring.compared_cache import compared_of
from matching.scoring.profiles import AnyListing, text_fit
from matching.scoring.score import score
from matching.scoring.subjects import Subject, subjects_of
from matching.services.candidates import candidates, eligible
from matching.services.match_rows import Rows, rows_of, write_matches
from matching.services.pairs import Pair
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
    rows = rows_of(subject)
    pairs = _compare(subject, rows, weights)
    kept = write_matches(subject, pairs, rows, weights)
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


def _compare(subject: Subject, rows: Rows, weights: ScoringWeights) -> list[Pair]:
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
