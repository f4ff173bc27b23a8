"""Answers to matches: each side accepts, dismisses with a reason, snoozes, or takes it back."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import Listing
from achievements.services.anonymity import own_names, says_any
from matching.models import Decision, Match
from matching.services.learning import lock_matches, relearn
from matching.services.notices import tell_decision
from matching.services.returning import facts_for

Side, Verdict = Decision.Side, Decision.Verdict

LONGEST_SNOOZE = timedelta(days=366)


@transaction.atomic
def accept_match(*, match: Match, side: str, by: User) -> Decision:
    """The side wants to talk; the other side is told. Its other matches near this one rank higher.

    Raises ValidationError when the match is over.
    """
    return _decide(match, side, by, verdict=Verdict.ACCEPTED)


@transaction.atomic
def dismiss_match(*, match: Match, side: str, by: User, reason: str, note: str = "") -> Decision:
    """The side says no with a reason of the closed list; the other side is told the reason.

    Its other matches like this one rank lower at once. The pair comes back as open for this side
    only when what was wrong becomes better. Raises ValidationError, also for a note that names
    the organisation of an anonymous demand.
    """
    if says_any(note, own_names(_own(match, side))):
        raise ValidationError(
            {"note": _("This note names your organisation. For an anonymous demand it must not.")}
        )
    return _decide(match, side, by, verdict=Verdict.DISMISSED, reason=reason, note=note.strip())


@transaction.atomic
def snooze_match(*, match: Match, side: str, by: User, until: date) -> Decision:
    """The side decides later: until that day the match is not among the open ones.

    The other side is not told. Raises ValidationError for a day that is past or a year away.
    """
    today = timezone.localdate()
    if not today < until <= today + LONGEST_SNOOZE:
        raise ValidationError({"snoozed_until": _("Choose a day within the coming year.")})
    return _decide(match, side, by, verdict=Verdict.SNOOZED, snoozed_until=until)


@transaction.atomic
def undo_decision(*, match: Match, side: str, by: User) -> Match:
    """Take the side's answer back: the match is open again, and scores are as they were before.

    Without an answer nothing happens.
    """
    own = _own(match, side)
    lock_matches(own.pk, side)
    locked = Match.objects.get(pk=match.pk)
    decision = locked.decisions.filter(side=side).first()
    if decision is not None:
        record_audit(
            by=by,
            verb="match.undo",
            obj=locked,
            organisation=own.organisation,
            side=side,
            verdict=decision.verdict,
        )
        decision.delete()
        relearn(own.pk, side)
    return match


def _own(match: Match, side: str) -> Listing:
    return match.demand if side == Side.DEMAND else match.candidate


def _decide(match: Match, side: str, by: User, **values: Any) -> Decision:
    """Lock, check, write, record and tell; the same answer again changes nothing."""
    own = _own(match, side)
    lock_matches(own.pk, side)
    locked = Match.objects.get(pk=match.pk)
    if not locked.demand.is_live or not locked.candidate.is_live:
        raise ValidationError(
            _("One of the two listings is no longer published, so the match is over."),
            code="state",
        )
    wanted = {"reason": "", "note": "", "snoozed_until": None} | values
    decision = locked.decisions.filter(side=side).first() or Decision(match=locked, side=side)
    same = all(getattr(decision, name) == value for name, value in wanted.items())
    if decision.pk and same and decision.returned_at is None:
        return decision
    for name, value in wanted.items():
        setattr(decision, name, value)
    decision.by, decision.at = by, timezone.now()
    decision.organisation = own.organisation
    decision.returned_at, decision.change, decision.facts = None, {}, {}
    if decision.verdict == Verdict.DISMISSED:
        decision.facts = dict(facts_for(locked, decision.reason))
    decision.full_clean()
    decision.save()
    record_audit(
        by=by,
        verb=f"match.{decision.verdict}",
        obj=locked,
        organisation=decision.organisation,
        side=side,
        reason=decision.reason,
    )
    if decision.verdict != Verdict.SNOOZED:
        tell_decision(locked, decision)
    relearn(own.pk, side)
    return decision
