"""Asking people by e-mail to take over the profile that others wrote of them."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from accounts.services.letters import site_address, write_letter
from accounts.text import plain_address
from achievements.models import Expert, ExpertInvitation, Listing
from achievements.services.content import parent_of
from achievements.services.experts import INVITATION_DAYS, invitation_token

LETTERS_PER_DAY = 100  # that one user may have sent
REMIND_AFTER = timedelta(hours=1)


@transaction.atomic
def invite_expert(expert: Expert, *, by: User, email: str, language: str) -> ExpertInvitation:
    """Write to a person, with the link that lets its bearer take the profile over for 30 days.

    The letter is in the language of the account with this address, else in ``language``; nothing
    that ``by`` sees tells whether there is one. Writes an audit event without the address. Raises
    ValidationError for a bad address, one that was written to before, a profile that is taken or
    no longer offered, or when the day's letters are used up.
    """
    expert = _invitable(expert)
    _check_daily_limit(by)
    email = plain_address(email)
    if expert.invitations.filter(email=email).exists():
        raise ValidationError(
            {
                "email": ValidationError(
                    _("This address has been invited before. Send the invitation again instead."),
                    code="invited",
                )
            }
        )
    invitation = ExpertInvitation(expert=expert, email=email, language=language, invited_by=by)
    invitation.full_clean()
    invitation.save()
    _write(invitation, verb="expert.invite", by=by)
    return invitation


@transaction.atomic
def remind_invited_expert(invitation: ExpertInvitation, *, by: User) -> ExpertInvitation:
    """Send an invitation again, with a fresh link; earlier links hold until their own end.

    Raises ValidationError within an hour of the last letter, and as :func:`invite_expert` does.
    """
    expert = _invitable(invitation.expert)
    _check_daily_limit(by)
    invitation = ExpertInvitation.objects.select_for_update().get(pk=invitation.pk)
    if timezone.now() < invitation.sent_at + REMIND_AFTER:
        raise ValidationError(
            _("This invitation was sent a moment ago. Wait an hour before you send it again."),
            code="rate",
        )
    invitation.expert, invitation.invited_by, invitation.sent_at = expert, by, timezone.now()
    invitation.save(update_fields=["invited_by", "sent_at"])
    _write(invitation, verb="expert.invite_again", by=by)
    return invitation


def _invitable(expert: Expert) -> Expert:
    """The profile, locked: one invitation at a time, and none after somebody has claimed it."""
    locked = Expert.objects.select_for_update(of=("self",)).get(pk=expert.pk)
    if locked.user_id is not None or locked.merged_into_id is not None:
        raise ValidationError(_("This profile has already been claimed."), code="claimed")
    if locked.state in (Listing.State.WITHDRAWN, Listing.State.CLOSED):
        raise ValidationError(_("This profile is no longer offered to anybody."), code="state")
    return locked


def _check_daily_limit(by: User) -> None:
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # letters are counted exactly
    since = timezone.now() - timedelta(days=1)
    if ExpertInvitation.objects.filter(invited_by=by, sent_at__gt=since).count() >= LETTERS_PER_DAY:
        raise ValidationError(
            _("You have sent %(count)d invitations today. Please go on tomorrow.")
            % {"count": LETTERS_PER_DAY},
            code="rate",
        )


def _write(invitation: ExpertInvitation, *, verb: str, by: User) -> None:
    """The letter and the audit event."""
    expert = invitation.expert
    account = User.objects.filter(email=invitation.email).first()
    path = reverse("achievements:expert_accept", args=[invitation_token(expert)])
    with translation.override(account.language if account else invitation.language):
        write_letter(
            address=invitation.email,
            template="expert_invitation",
            context={
                "by": str(by),
                "name": expert.title,
                "affiliation": expert.affiliation,
                "days": INVITATION_DAYS,
                "link": site_address(path),
            },
        )
    record_audit(
        by=by,
        verb=verb,
        obj=parent_of(expert),
        organisation=expert.organisation,
        invitation=invitation.pk,
    )
