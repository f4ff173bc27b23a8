"""Answers what lower packages ask of the catalogue."""

from collections.abc import Iterable
from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import subjects_named
from achievements.models import Listing


@receiver(subjects_named, dispatch_uid="achievements.subjects_named")
def readable_listings(*, user: User, noun: str, ids: Iterable[int], **_signal: Any) -> set[int]:
    """Those of the listings whose titles the user may read now; others are named no more."""
    if noun != "listing":
        return set()
    seen = Listing.objects.visible_to(user).filter(pk__in=ids)
    return set(seen.values_list("pk", flat=True))
