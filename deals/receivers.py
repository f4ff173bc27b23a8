"""Answers what lower packages ask of introductions."""

from collections.abc import Iterable
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import subjects_named
from deals.models import Introduction


@receiver(subjects_named, dispatch_uid="deals.subjects_named")
def readable_introductions(
    *, user: User, noun: str, ids: Iterable[int], **_signal: Any
) -> set[int]:
    """Those of the threads the user still sits in; what was written in others is quoted no more."""
    if noun != "introduction":
        return set()
    seen = Introduction.objects.visible_to(user).filter(pk__in=ids)
    return set(seen.values_list("pk", flat=True))
