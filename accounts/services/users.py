"""A user's own preferences, and suspending users."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.audit import record_audit

PREFERENCES = ("name", "language", "time_zone", "email_rhythm")


@transaction.atomic
def update_preferences(*, by: User, **fields: Any) -> User:
    """Change one's own name, language, time zone and rhythm of e-mails. Raises ValidationError.

    With the rhythm ``never``, what still waited for an e-mail waits no more: it is on the page.
    """
    unknown = set(fields) - set(PREFERENCES)
    if unknown:
        raise TypeError(f"not a preference: {', '.join(sorted(unknown))}")
    user = User.objects.select_for_update().get(pk=by.pk)
    changed = [name for name, value in fields.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, fields[name])
    user.full_clean(exclude=["password"])
    user.save(update_fields=changed)
    if user.email_rhythm == User.Rhythm.NEVER:
        user.notifications.awaiting_delivery().update(email_wanted=False)
    if changed:
        record_audit(by=user, verb="user.update_preferences", obj=user, changed=sorted(changed))
    for name in changed:
        setattr(by, name, fields[name])
    return user


def unsubscribe(user: User) -> User:
    """Send a user no more notifications by e-mail; asked for by the signed link of an e-mail."""
    return update_preferences(by=user, email_rhythm=User.Rhythm.NEVER)


@transaction.atomic
def suspend_user(user: User, *, by: User) -> User:
    """Shut a user out at once: sessions end, tokens are revoked, nothing is delivered any more.

    Raises PermissionDenied for oneself, so that the last superuser cannot shut the door.
    """
    if user.pk == by.pk:
        raise PermissionDenied
    user.is_active = False
    user.save(update_fields=["is_active"])
    for session in UserSession.objects.filter(user=user):
        session.end()
    user.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())
    record_audit(by=by, verb="user.suspend", obj=user)
    return user


@transaction.atomic
def reinstate_user(user: User, *, by: User) -> User:
    """Let a suspended user in again; revoked tokens stay revoked."""
    user.is_active = True
    user.save(update_fields=["is_active"])
    record_audit(by=by, verb="user.reinstate", obj=user)
    return user
