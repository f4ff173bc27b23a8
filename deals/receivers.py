"""Answers what lower packages ask of introductions."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import User
from accounts.signals import subjects_named
from achievements.signals import unanswered_wanted
from deals.models import Introduction, Message
from matching.services.live_figures import WAITED_DAYS
from matching.signals import conversations_wanted, reply_times_wanted

MOST = 20_000  # conversations, the latest ones


@receiver(subjects_named, dispatch_uid="deals.subjects_named")
def readable_introductions(
    *, user: User, noun: str, ids: Iterable[int], **_signal: Any
) -> set[int]:
    """Those of the threads the user still sits in; what was written in others is quoted no more."""
    if noun != "introduction":
        return set()
    seen = Introduction.objects.visible_to(user).filter(pk__in=ids)
    return set(seen.values_list("pk", flat=True))


@receiver(reply_times_wanted, dispatch_uid="deals.reply_times_wanted")
def reply_times(**_signal: Any) -> tuple[list[float], int]:
    """Hours until the other side first wrote, and how many conversations wait too long for it."""
    replied = Min("messages__sent_at", filter=Q(messages__from_sender=False))
    rows = Introduction.objects.annotate(replied=replied).order_by("-pk")
    found = rows.filter(replied__isnull=False).values_list("replied", "created_at")[:MOST]
    hours = [(reply - begun).total_seconds() / 3600 for reply, begun in found]
    before = timezone.now() - timedelta(days=WAITED_DAYS)
    return hours, rows.filter(replied__isnull=True, created_at__lt=before).count()


@receiver(conversations_wanted, dispatch_uid="deals.conversations_wanted")
def count_conversations(**_signal: Any) -> tuple[int, int]:
    """All conversations, and those in which the other side has written."""
    answered = Message.objects.filter(introduction=OuterRef("pk"), from_sender=False)
    counts = Introduction.objects.aggregate(
        begun=Count("pk"), replied=Count("pk", filter=Exists(answered))
    )
    return counts["begun"], counts["replied"]


@receiver(unanswered_wanted, dispatch_uid="deals.unanswered_wanted")
def unanswered_listings(*, before: datetime, **_signal: Any) -> set[int]:
    """Listings about which somebody wrote before that moment and got no reply."""
    answered = Message.objects.filter(introduction=OuterRef("pk"), from_sender=False)
    rows = Introduction.objects.filter(~Exists(answered), created_at__lt=before)
    return set(rows.order_by("-pk").values_list("listing", flat=True)[:MOST])
