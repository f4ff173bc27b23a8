"""Who belongs to an organisation: inviting, accepting, changing roles, leaving."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Invitation, Member, Organisation, User
from accounts.secrets import new_secret, secret_hash
from accounts.services.audit import record_audit
from accounts.services.letters import site_address, write_letter
from accounts.services.notifications import notify
from accounts.text import plain_address

OPEN_INVITATIONS_LIMIT = 100


def _lock(organisation_id: int) -> Organisation:
    """Changes of the members of one organisation happen one after another."""
    return Organisation.objects.select_for_update().get(pk=organisation_id)


@transaction.atomic
def invite_member(organisation: Organisation, *, by: User, email: str, role: str) -> Invitation:
    """Invite somebody by e-mail for fourteen days; an earlier open invitation is replaced.

    Writes a letter with a secret link, in the language of the invited user or else of ``by``; who
    already has an account is also told on the page. Raises ValidationError for a bad address or
    role, a member, or too many open invitations.
    """
    organisation = _lock(organisation.pk)
    email = plain_address(email)
    user = User.objects.filter(email=email).first()
    if user is not None and organisation.members.filter(user=user).exists():
        raise ValidationError(
            {"email": _("This person already belongs to the organisation.")}, code="member"
        )
    organisation.invitations.open().filter(email=email).delete()
    if organisation.invitations.open().count() >= OPEN_INVITATIONS_LIMIT:
        raise ValidationError(_("Too many invitations are open. Withdraw some first."))
    secret = new_secret()
    invitation = Invitation(
        organisation=organisation,
        email=email,
        role=role,
        token_hash=secret_hash(secret),
        invited_by=by,
    )
    invitation.full_clean()
    invitation.save()
    _send(invitation, secret, user)
    record_audit(
        by=by,
        verb="invitation.create",
        obj=invitation,
        organisation=organisation,
        email=email,
        role=role,
    )
    return invitation


def _send(invitation: Invitation, secret: str, user: User | None) -> None:
    """The letter with the link, and a notification for who has an account."""
    organisation = invitation.organisation
    data: dict[str, Any] = {
        "organisation_en": organisation.name_en,
        "organisation_zh": organisation.name_zh,
        "by": str(invitation.invited_by),
        "role": invitation.role,
    }
    zone = (user or invitation.invited_by or User()).time_zone
    language = user.language if user else translation.get_language()
    with translation.override(language), timezone.override(zone):
        write_letter(
            address=invitation.email,
            template="invitation",
            context={
                **data,
                "organisation": organisation.name,
                "role": invitation.get_role_display(),
                "expires_at": invitation.expires_at,
                "link": site_address(reverse("accounts:invitation_accept", args=[secret])),
            },
        )
    if user is not None and user.is_active:
        notify(
            recipients=[user],
            kind="invitation",
            key=f"invitation:{invitation.pk}",
            path=reverse("accounts:invitation_list"),
            data=data,
            by_email=False,  # the letter above is the e-mail
        )


@transaction.atomic
def accept_invitation(invitation: Invitation, *, by: User) -> Member:
    """Join the organisation. Doors check that ``by`` holds the link or owns the invited address.

    The invitation is used up. A member keeps the higher of both roles. ``by`` acts for the
    organisation from now on. Raises ValidationError when it is used, withdrawn or too old.
    """
    organisation = _lock(invitation.organisation_id)
    found = Invitation.objects.open().select_for_update().filter(pk=invitation.pk).first()
    if found is None:
        raise ValidationError(
            _("This invitation no longer holds. Ask for a new one."), code="invitation"
        )
    member, created = Member.objects.get_or_create(
        organisation=organisation, user=by, defaults={"role": found.role}
    )
    ranking = [Member.Role.VIEWER, Member.Role.EDITOR, Member.Role.OWNER]
    if not created and ranking.index(Member.Role(found.role)) > ranking.index(
        Member.Role(member.role)
    ):
        member.role = found.role
        member.save(update_fields=["role"])
    found.accepted_at = timezone.now()
    found.save(update_fields=["accepted_at"])
    by.active_organisation = organisation
    by.save(update_fields=["active_organisation"])
    record_audit(
        by=by,
        verb="invitation.accept",
        obj=found,
        organisation=organisation,
        email=found.email,
        role=member.role,
    )
    return member


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """Make an invitation's link worthless by removing it; one that is gone stays so.

    Raises ValidationError when it has been accepted meanwhile.
    """
    _lock(invitation.organisation_id)
    found = Invitation.objects.filter(pk=invitation.pk).first()
    if found is None:
        return
    if found.accepted_at is not None:
        raise ValidationError(_("This invitation has already been accepted."), code="invitation")
    record_audit(
        by=by,
        verb="invitation.withdraw",
        obj=found,
        organisation=invitation.organisation,
        email=found.email,
    )
    found.delete()


def _keep_an_owner(member: Member) -> None:
    """Raise ValidationError when this member is the organisation's only owner."""
    if member.role == Member.Role.OWNER and not Member.objects.other_owners(member).exists():
        raise ValidationError(
            _("An organisation needs an owner. Make somebody else an owner first."),
            code="last_owner",
        )


@transaction.atomic
def change_role(member: Member, *, by: User, role: str) -> Member:
    """Give a member another role. The last owner stays one. Raises ValidationError."""
    organisation = _lock(member.organisation_id)
    member = Member.objects.select_for_update().get(pk=member.pk)
    if role != Member.Role.OWNER:
        _keep_an_owner(member)
    before, member.role = member.role, role
    member.full_clean()
    member.save(update_fields=["role"])
    record_audit(
        by=by,
        verb="member.change_role",
        obj=member,
        organisation=organisation,
        user=member.user_id,
        before=before,
        after=role,
    )
    return member


@transaction.atomic
def remove_member(member: Member, *, by: User) -> None:
    """Remove a member, or leave oneself. The last owner stays. Raises ValidationError.

    Whoever acted for the organisation acts for none afterwards.
    """
    organisation = _lock(member.organisation_id)
    member = Member.objects.select_for_update().get(pk=member.pk)
    _keep_an_owner(member)
    User.objects.filter(pk=member.user_id, active_organisation=organisation).update(
        active_organisation=None
    )
    record_audit(
        by=by,
        verb="member.leave" if by.pk == member.user_id else "member.remove",
        obj=member,
        organisation=organisation,
        user=member.user_id,
        role=member.role,
    )
    member.delete()
