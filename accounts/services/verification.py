"""What moderators decide about organisations."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services.audit import record_audit
from accounts.services.notifications import notify, organisation_recipients
from accounts.signals import organisation_changed


def _tell(organisation: Organisation, kind: str, event: int, **data: str) -> None:
    notify(
        recipients=organisation_recipients(organisation),
        kind=kind,
        key=f"{kind}:{organisation.pk}:{event}",
        path=reverse("accounts:organisation_detail", args=[organisation.slug]),
        data={"name_en": organisation.name_en, "name_zh": organisation.name_zh, **data},
    )


@transaction.atomic
def verify_organisation(
    organisation: Organisation, *, by: User, may_publish_directly: bool = False
) -> Organisation:
    """Mark an organisation as what it says it is, and tell its owners and editors.

    Its members see listings “for members” from now on, and with ``may_publish_directly`` it
    publishes without review. Sends ``organisation_changed``. Raises ValidationError when it
    already is verified.
    """
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if locked.is_verified:
        raise ValidationError(_("This organisation is already verified."), code="state")
    locked.verified_at, locked.verified_by = timezone.now(), by
    locked.declined_at, locked.declined_reason = None, ""
    locked.may_publish_directly = may_publish_directly
    locked.full_clean()
    locked.save()
    event = record_audit(
        by=by,
        verb="organisation.verify",
        obj=locked,
        organisation=locked,
        may_publish_directly=may_publish_directly,
    )
    _tell(locked, "organisation_verified", event.pk)
    organisation_changed.send(Organisation, organisation_id=locked.pk)
    return locked


@transaction.atomic
def unverify_organisation(organisation: Organisation, *, by: User, reason: str) -> Organisation:
    """Take the verification away, with a reason that its owners and editors read.

    Sends ``organisation_changed``. Raises ValidationError when it is not verified or no reason is
    given.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError({"reason": _("Say why, so that the organisation can act on it.")})
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.is_verified:
        raise ValidationError(_("This organisation is not verified."), code="state")
    locked.verified_at = locked.verified_by = None
    locked.may_publish_directly = False
    locked.full_clean()
    locked.save()
    event = record_audit(
        by=by, verb="organisation.unverify", obj=locked, organisation=locked, reason=reason
    )
    _tell(locked, "organisation_unverified", event.pk, reason=reason)
    organisation_changed.send(Organisation, organisation_id=locked.pk)
    return locked


@transaction.atomic
def set_direct_publishing(organisation: Organisation, *, by: User, allowed: bool) -> Organisation:
    """Trust a verified organisation to publish without review, or no longer.

    Raises ValidationError when it is not verified.
    """
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    locked.may_publish_directly = allowed
    locked.full_clean()
    locked.save()
    record_audit(
        by=by,
        verb="organisation.direct_publishing",
        obj=locked,
        organisation=locked,
        allowed=allowed,
    )
    return locked
