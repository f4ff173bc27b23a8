"""Telling people things, once."""

from collections.abc import Iterable
from typing import Any

from accounts.models import Member, Notification, Organisation, User


def organisation_recipients(organisation: Organisation) -> list[User]:
    """Who is told what concerns an organisation: its active owners and editors."""
    return list(
        User.objects.filter(
            is_active=True,
            memberships__organisation=organisation,
            memberships__role__in=[Member.Role.OWNER, Member.Role.EDITOR],
        ).order_by("pk")
    )


def notify(
    *, recipients: Iterable[User], kind: str, key: str, path: str, data: dict[str, Any]
) -> list[Notification]:
    """Tell each recipient one thing; a thing (``key``) already told is not told again.

    ``kind`` names the templates in ``templates/notifications/<kind>/``. ``data`` holds plain JSON
    values that this recipient may see. E-mails are not sent here: the notification is a row that
    the delivery sweep finds. Returns the notifications that are new.
    """
    rows = [
        Notification(
            recipient=user,
            kind=kind,
            key=key,
            path=path,
            data=data,
            email_wanted=user.email_rhythm != User.Rhythm.NEVER,
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
    return list(Notification.objects.filter(key=key, recipient__in=fresh))
