"""Sealed demands: the matcher reads them, and who their owner shows them to."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import record_audit
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
    there = Reveal.objects.filter(demand=locked.pk, **whom).first()
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
