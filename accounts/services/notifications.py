"""Telling people things, once."""

from collections.abc import Iterable
from typing import Any, Literal

from django.db import transaction
from django.utils import timezone

from accounts.models import Member, Notification, Organisation, User
from accounts.services.outbox import hurry_delivery


def organisation_recipients(organisation: Organisation) -> list[User]:
    """Who is told what concerns an organisation: its active owners and editors."""
    return list(
        User.objects.filter(
            is_active=True,
            memberships__organisation=organisation,
            memberships__role__in=[Member.Role.OWNER, Member.Role.EDITOR],
        ).order_by("pk")
    )


def administrator_recipients(
    role: Literal["curator", "moderator"], *, outside: Organisation | None = None
) -> list[User]:
    """Who is told what waits for a role: its active holders, or superusers where there are none.

    Nobody who belongs to ``outside``: they would decide in their own cause.
    """
    people = User.objects.filter(is_active=True).order_by("pk")
    if outside is not None:
        people = people.exclude(memberships__organisation=outside)
    return list(people.filter(**{f"is_{role}": True})) or list(people.filter(is_superuser=True))


@transaction.atomic
def notify(
    *,
    recipients: Iterable[User],
    kind: str,
    key: str,
    path: str,
    data: dict[str, Any],
    by_email: bool = True,
) -> list[Notification]:
    """Tell each recipient one thing; a thing (``key``) already told is not told again.

    ``kind`` names the templates in ``templates/notifications/<kind>/``. ``data`` holds plain JSON
    values that this recipient may see. E-mails are not sent here: the notification is a row that
    the delivery sweep finds; the workers are asked after the commit to hurry. ``by_email=False``
    tells on the page only. Returns the notifications that are new.
    """
    rows = [
        Notification(
            recipient=user,
            kind=kind,
            key=key,
            path=path,
            data=data,
            email_wanted=by_email and user.email_rhythm != User.Rhythm.NEVER,
        )
        for user in recipients
    ]
    known = set(
        Notification.objects.filter(
            key=key, recipient__in=[row.recipient_id for row in rows]
        ).values_list("recipient_id", flat=True)
    )
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    fresh = [row.recipient_id for row in rows if row.recipient_id not in known]
    if any(row.email_wanted for row in rows if row.recipient_id in fresh):
        hurry_delivery()
    return list(Notification.objects.filter(key=key, recipient__in=fresh))


def mark_read(notification: Notification, *, by: User) -> Notification:
    """Note that its recipient has opened it; doing so again changes nothing. Not audited."""
    if notification.read_at is None:
        notification.read_at = timezone.now()
        Notification.objects.filter(pk=notification.pk, recipient=by, read_at__isnull=True).update(
            read_at=notification.read_at
        )
    return notification


def mark_all_read(*, by: User, only: Iterable[int] | None = None) -> int:
    """Note that a user has read everything told so far, or ``only`` some of it; returns how many
    were unread."""
    rows = Notification.objects.for_user(by).unread()
    if only is not None:
        rows = rows.filter(pk__in=only)
    return rows.update(read_at=timezone.now())
