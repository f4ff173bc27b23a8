"""A curator proposes a match that the machine did not see."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify, record_audit
from achievements.models import Demand, Listing
from achievements.services.anonymity import own_names, says_any
from achievements.services.text import clean_text
from matching.embedding import EmbeddingError
from matching.models import Curation, IndexEntry, Match
from matching.services.candidates import eligible
from matching.services.matching import match_listing
from matching.services.notices import recipients_of
from matching.services.weights import active_weights


@transaction.atomic
def propose_match(*, demand: Demand, candidate: Listing, by: User, reason: str) -> Match:
    """Make a match of a demand and an achievement or expert, whatever the machine thinks of it.

    Its score and reasons are computed as those of any pair; the curator's reason stands above
    them, and both sides are told. Raises ValidationError without a reason, for one that names the
    organisation of an anonymous demand, a pair that may not be matched (not live, not to be seen
    by the other side, of one organisation, an expert who takes no requests), one that the machine
    has found, or while one of the two is not indexed yet.
    """
    reason = clean_text(reason)
    _check(demand, candidate, reason)
    known = Match.objects.filter(demand=demand, candidate=candidate.pk).first()
    if known is not None and (known.is_current or hasattr(known, "curation")):
        raise ValidationError(
            _("This match is there already: the machine has found it or a curator proposed it."),
            code="state",
        )
    match = known or Match(
        demand=demand,
        candidate_id=candidate.pk,
        kind=candidate.kind,
        score=Decimal(0),
        weights=active_weights(),
    )
    match.is_current = True
    match.save()
    curation = Curation(match=match, reason=reason, by=by)
    curation.full_clean()
    curation.save()
    try:
        match_listing(demand.pk)
    except EmbeddingError as error:
        raise _not_ready() from error
    scored = Match.objects.filter(pk=match.pk, is_current=True).exclude(components={}).first()
    if scored is None:
        raise _not_ready()
    record_audit(by=by, verb="match.propose", obj=scored, candidate=candidate.pk, demand=demand.pk)
    _tell(scored, reason)
    return scored


def _check(demand: Demand, candidate: Listing, reason: str) -> None:
    if not reason:
        raise ValidationError({"reason": [_("Say why the two should talk; both sides read it.")]})
    if says_any(reason, own_names(demand)):
        raise ValidationError(
            {"reason": [_("The reason names the organisation of an anonymous demand.")]}
        )
    if not demand.is_live or not candidate.is_live or candidate.kind == Listing.Kind.DEMAND:
        raise ValidationError(
            _("Choose a published demand and a published achievement or expert."), code="state"
        )
    if IndexEntry.objects.filter(pk__in=[demand.pk, candidate.pk]).count() < 2:
        raise _not_ready()
    if not eligible(demand, candidate.kind).filter(pk=candidate.pk).exists():
        raise ValidationError(
            _(
                "These two may not be matched: they belong to one organisation, one may not see "
                "the other, or the expert takes no requests."
            ),
            code="not_eligible",
        )


def _not_ready() -> ValidationError:
    return ValidationError(
        _("One of the two is not indexed yet. Try again in a minute."), code="state"
    )


def _tell(match: Match, reason: str) -> None:
    """Both sides, each about its own listing; the other one's title as far as it may be seen."""
    for mine, other in ((match.demand, match.candidate), (match.candidate, match.demand)):
        notify(
            recipients=recipients_of(mine),
            kind="match_proposed",
            key=f"match.proposed:{match.pk}:{mine.pk}",
            path=reverse("matching:match_detail", args=[match.pk]),
            data={
                "title_en": mine.title_en,
                "title_zh": mine.title_zh,
                "title_listing": mine.pk,
                "other_en": other.title_en,
                "other_zh": other.title_zh,
                "other_listing": other.pk,
                "reason": reason,
            },
        )
