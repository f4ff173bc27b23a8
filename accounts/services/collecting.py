"""Telling people of new things one by one without writing to them for each."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from accounts.models import Notification, User
from accounts.rhythm import tomorrow_morning
from accounts.services.outbox import hurry_delivery


@transaction.atomic
def notify_of_new(
    *,
    recipients: Iterable[User],
    kind: str,
    topic: str,
    items: Iterable[int],
    path: str,
    data: dict[str, Any],
) -> None:
    """Tell each recipient of the ``items`` of a topic that they were not told of before.

    The first notification of a topic on a reader's day goes out like any other. What comes later
    that day is added to it while it waits for its e-mail, and otherwise to a second one, which is
    on the page at once and whose e-mail waits for the next morning: at most two e-mails a day and
    topic. A notification that grows is unread and on top again; once read, it counts only what is
    new since. ``data`` gets ``count`` and the ``items``. Callers with several topics go through
    them in one fixed order, so that two of them never wait for each other.
    """
    wanted = set(items)
    people = sorted({user.pk: user for user in recipients}.values(), key=lambda user: user.pk)
    told: dict[int, set[int]] = {user.pk: set() for user in people}
    before = Notification.objects.filter(recipient__in=told, key__startswith=f"{topic}:")
    for reader, known in before.values_list("recipient", "data__items"):
        told[reader] |= set(known or ())
    for user in people:
        if wanted - told[user.pk]:
            _collect(user, kind, topic, wanted - told[user.pk], path, data)


def _collect(
    user: User, kind: str, topic: str, fresh: set[int], path: str, data: dict[str, Any]
) -> None:
    """Write the day's first notification, or add to it or to the second one."""
    now = timezone.now()
    key = f"{topic}:{now.astimezone(ZoneInfo(user.time_zone)).date().isoformat()}"
    first = {
        "kind": kind,
        "path": path,
        "data": {**data, "count": len(fresh), "items": sorted(fresh)},
        "email_wanted": user.email_rhythm != User.Rhythm.NEVER,
    }
    held = {**first, "email_after": tomorrow_morning(user.time_zone, now)}
    for name, values in ((key, first), (f"{key}:later", held)):
        row, created = Notification.objects.get_or_create(recipient=user, key=name, defaults=values)
        if created:
            break
        row = Notification.objects.select_for_update().get(pk=row.pk)
        fresh -= set(row.data.get("items", ()))  # what another process has told meanwhile
        if not fresh:
            return
        if row.delivery_id is None:
            _grow(row, fresh, data)
            break
    hurry_delivery()


def _grow(row: Notification, fresh: set[int], data: dict[str, Any]) -> None:
    """Add to a notification; what of it has been read is not counted again."""
    count = len(fresh) + (row.data.get("count", 0) if row.read_at is None else 0)
    items = sorted({*row.data.get("items", ()), *fresh})
    row.data = {**data, "count": count, "items": items}
    row.read_at, row.created_at = None, timezone.now()
    row.save(update_fields=["data", "read_at", "created_at"])
