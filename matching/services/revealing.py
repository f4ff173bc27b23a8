"""Showing a sealed demand to the other side of one of its matches."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from achievements.models import Expert, Listing, Reveal
from achievements.services.revealing import reveal_demand
from matching.models import Match
from matching.services.notices import tell_revealed


def other_side_of(match: Match) -> tuple[Organisation | None, User | None]:
    """Who reads for the candidate: its organisation, and the person who took over the profile."""
    candidate = match.candidate
    person = None
    if candidate.kind == Listing.Kind.EXPERT:
        person = Expert.objects.select_related("user").get(pk=candidate.pk).user
    return candidate.organisation, person


def is_hidden(match: Match) -> bool:
    """Whether the demand is sealed and its owner has not shown it to the candidate's side."""
    if not match.demand.is_sealed:
        return False
    organisation, person = other_side_of(match)
    whom = {"organisation": organisation, "person": person}
    return not Reveal.objects.standing().filter(demand=match.demand_id, **whom).exists()


@transaction.atomic
def reveal_match(*, match: Match, by: User) -> Reveal:
    """Show the sealed demand of a match to the other side, who are told; once is enough.

    Raises ValidationError when the match is over, the demand is not sealed, or nobody reads there.
    """
    if not Match.objects.live().filter(pk=match.pk).exists():
        raise ValidationError(
            _("One of the two listings is no longer published, so the match is over."),
            code="state",
        )
    organisation, person = other_side_of(match)
    reveal = reveal_demand(demand=match.demand, organisation=organisation, person=person, by=by)
    tell_revealed(match, reveal)
    return reveal
