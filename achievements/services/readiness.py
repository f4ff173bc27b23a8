"""Readiness that somebody else has checked."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.bilingual import localized
from accounts.models import User
from accounts.services import record_audit
from achievements.models import Achievement, Listing
from achievements.services.content import parent_of
from achievements.signals import listings_changed


@transaction.atomic
def verify_readiness(achievement: Achievement, *, by: User) -> Achievement:
    """A moderator confirms that the evidence bears the readiness level that is claimed.

    It holds until the level or its evidence changes. Raises ValidationError when no level is
    claimed, no evidence is given, or it is verified already. Audit event ``readiness.verify``.
    """
    Listing.objects.select_for_update().get(pk=achievement.pk)
    fresh = Achievement.objects.get(pk=achievement.pk)
    if fresh.trl is None or not localized(fresh, "readiness_evidence"):
        raise ValidationError(
            _("Without a level and its evidence there is nothing to verify."), code="state"
        )
    if fresh.trl_verified_at is not None:
        raise ValidationError(_("This readiness has already been verified."), code="state")
    now = timezone.now()
    fresh.trl_verified_by, fresh.trl_verified_at, fresh.updated_at = by, now, now
    fresh.save(update_fields=["trl_verified_by", "trl_verified_at", "updated_at"])
    record_audit(
        by=by,
        verb="readiness.verify",
        obj=parent_of(fresh),
        organisation=fresh.organisation,
        trl=fresh.trl,
    )
    listings_changed.send(Listing, listing_ids=[fresh.pk])
    return fresh
