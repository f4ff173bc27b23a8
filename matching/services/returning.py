"""Dismissed pairs return when what was wrong became better, those put aside on their day."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.services import record_audit
from matching.models import Decision, IndexEntry, Match
from matching.scoring.lexicon import Words
from matching.scoring.pair_facts import Facts, facts_of, what_changed
from matching.scoring.sides import side_of
from matching.services.learning import match_again
from matching.services.notices import tell_back, tell_returned
from matching.text.documents import load_listings

# An update whose transaction was under way while the answer was given bears an earlier time.
_MARGIN = timedelta(minutes=1)
_AT_ONCE = 500  # what was put aside; the next sweep goes on

TEXT_REASONS = frozenset(
    {
        Decision.Reason.OTHER_FIELD,
        Decision.Reason.BENEFIT_UNCLEAR,
        Decision.Reason.ROUTE_UNCLEAR,
        Decision.Reason.DESCRIPTION_UNCLEAR,
    }
)


def facts_for(match: Match, reason: str) -> Facts:
    """The facts of the pair as they are, to keep with a dismissal; words only where they count."""
    ids = [match.demand_id, match.candidate_id]
    sides = {listing.pk: side_of(listing) for listing in load_listings(ids)}
    if len(sides) < 2:
        return {}
    words = {}
    if reason in TEXT_REASONS:
        kept = dict(IndexEntry.objects.filter(pk__in=ids).values_list("pk", "lexical"))
        words = {
            side: Words.of(kept.get(pk)).places.tolist()
            for side, pk in (("demand", match.demand_id), ("candidate", match.candidate_id))
        }
    return facts_of(sides[match.demand_id], sides[match.candidate_id], words)


def return_dismissed(listing_id: int, match_ids: Iterable[int]) -> list[Decision]:
    """Open those of the dismissed matches again whose facts became better; returns the decisions.

    To be called when ``listing_id`` is matched anew, with the matches that stand. The side that
    dismissed is told once, its decision stays as what it was, and its other matches are matched
    anew, for they were moved by it. One statement where nothing was dismissed.
    """
    dismissed = Decision.objects.filter(
        match__in=list(match_ids), verdict=Decision.Verdict.DISMISSED, returned_at=None
    )
    returned = []
    for decision in dismissed.select_related("match__demand", "match__candidate").order_by("pk"):
        match = decision.match
        if max(match.demand.updated_at, match.candidate.updated_at) < decision.at - _MARGIN:
            continue
        now = facts_for(match, decision.reason)
        change = what_changed(decision.reason, decision.side, decision.facts, now)
        if change is None:
            continue
        decision.returned_at, decision.change = timezone.now(), change
        decision.save(update_fields=["returned_at", "change"])
        own = match.demand if decision.side == Decision.Side.DEMAND else match.candidate
        record_audit(
            by=None,
            verb="match.returned",
            obj=match,
            organisation=own.organisation,
            side=decision.side,
            reason=decision.reason,
            change=change["code"],
        )
        tell_returned(match, decision)
        if own.pk != listing_id:
            match_again([own.pk])
        returned.append(decision)
    return returned


def return_snoozed() -> int:
    """Open the matches again that were put aside until today; returns how many.

    Who put one aside is told, once a day for all. A match that is over waits: should it be live
    again, it returns then. Several sweeps may run at once.
    """
    done = 0
    today = timezone.localdate()
    live = Match.objects.live().values("pk")
    due = Decision.objects.filter(
        verdict=Decision.Verdict.SNOOZED,
        snoozed_until__lte=today,
        returned_at=None,
        match__in=live,
    )
    for key in list(due.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            locked = due.select_for_update(skip_locked=True, of=("self",)).filter(pk=key).first()
            if locked is None:
                continue
            until = locked.snoozed_until.isoformat() if locked.snoozed_until else ""
            locked.returned_at, locked.change = timezone.now(), {"code": "day", "until": until}
            locked.save(update_fields=["returned_at", "change"])
            record_audit(
                by=None,
                verb="match.returned",
                obj=locked.match,
                organisation=locked.organisation,
                side=locked.side,
                reason="",
                change="day",
            )
            if locked.by is not None and locked.by.is_active:
                tell_back(locked.by, locked.match)
            done += 1
    return done
