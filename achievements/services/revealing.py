"""Sealed demands: the matcher reads them, and who their owner shows them to."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, Organisation, User
from accounts.services import notify, organisation_recipients, record_audit
from achievements.models import Demand, Listing, Reveal


@transaction.atomic
def reveal_demand(
    *, demand: Listing, organisation: Organisation | None, person: User | None, by: User
) -> Reveal:
    """Let one side read a sealed demand from now on; once more changes nothing.

    Nobody is told here. Raises ValidationError when it is not sealed, not live, or when there is
    nobody who could read it. Audit event ``listing.reveal``.
    """
    locked = Listing.objects.select_for_update().get(pk=demand.pk)
    if not locked.is_sealed or not locked.is_live:
        raise ValidationError(_("Only a published sealed demand can be revealed."), code="state")
    if organisation is None and person is None:
        raise ValidationError(
            _("This expert has not taken the profile over, so nobody there can read the demand."),
            code="nobody",
        )
    whom = {"organisation": organisation, "person": person}
    there = Reveal.objects.standing().filter(demand=locked.pk, **whom).first()
    if there is not None:
        return there
    reveal = Reveal(demand=Demand.objects.get(pk=locked.pk), by=by, **whom)
    reveal.full_clean()
    reveal.save()
    record_audit(
        by=by,
        verb="listing.reveal",
        obj=locked,
        organisation=locked.organisation,
        to=organisation.pk if organisation is not None else None,
        to_person=person.pk if person is not None else None,
    )
    return reveal


@transaction.atomic
def end_reveal(reveal: Reveal, *, by: User) -> Reveal:
    """One side may not read a sealed demand any more, from now on; they are told so, without its
    title.

    The reveal stays written down, and so does in the audit who read the demand on which day: what
    was read cannot be taken back, nor what was written in a conversation. Raises ValidationError
    when it has been ended before. Audit event ``listing.reveal_end``.
    """
    locked = Reveal.objects.select_for_update(of=("self",)).get(pk=reveal.pk)
    if locked.ended_at is not None:
        raise ValidationError(_("This has been ended already."), code="state")
    locked.ended_at, locked.ended_by = timezone.now(), by
    locked.save(update_fields=["ended_at", "ended_by"])
    record_audit(
        by=by,
        verb="listing.reveal_end",
        obj=Listing.objects.get(pk=locked.demand_id),
        organisation=locked.demand.organisation,
        to=locked.organisation_id,
        to_person=locked.person_id,
    )
    people = {user.pk: user for user in readers_of(locked)}
    notify(
        recipients=list(people.values()),
        kind="demand_sealed_again",
        key=f"reveal.ended:{locked.pk}",
        path="/matches/",
        data={},
    )
    return locked


def readers_of(reveal: Reveal) -> list[User]:
    """Who is told on the side that a demand was shown to."""
    people = organisation_recipients(reveal.organisation) if reveal.organisation else []
    return [*people, *([reveal.person] if reveal.person and reveal.person.is_active else [])]


def read_days(reveals: Sequence[Reveal]) -> dict[int, int]:
    """For each reveal, by its number: how many times a day somebody of that side has opened the
    demand, as the audit has it (once for each person and day)."""
    found = {}
    for reveal in reveals:
        # Written down once a day, so the day of the reveal counts from its beginning.
        begin = timezone.localtime(reveal.at).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = AuditEvent.objects.filter(
            verb="listing.open",
            object_type=Listing._meta.label_lower,
            object_id=reveal.demand_id,
            at__gte=begin,
        )
        if reveal.ended_at is not None:
            rows = rows.filter(at__lt=reveal.ended_at)
        people = User.objects.filter(pk__in=[reveal.person_id] if reveal.person_id else [])
        if reveal.organisation_id is not None:
            people |= User.objects.filter(memberships__organisation=reveal.organisation_id)
        found[reveal.pk] = rows.filter(actor__in=people.values("pk")).count()
    return found
