"""What the home page tells: real counts and the newest listings."""

from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from accounts.models import Organisation
from achievements.models import Listing
from achievements.querysets import ListingQuerySet

CACHED_SECONDS = 60
NEWEST = 4


def public_counts() -> dict[str, int]:
    """How many listings of each kind everyone can find, and how many organisations are verified.

    At most a minute old.
    """
    counts: dict[str, int] | None = cache.get("overview.counts")
    if counts is None:
        live = Listing.objects.published().filter(visibility=Listing.Visibility.PUBLIC)
        kinds = {kind: Count("pk", filter=Q(kind=kind)) for kind in Listing.Kind.values}
        counts = live.aggregate(**kinds)
        counts["organisation"] = Organisation.objects.verified().count()
        cache.set("overview.counts", counts, CACHED_SECONDS)
    return counts


def newest(user: Any, kind: str) -> ListingQuerySet:
    """The newest published listings of one kind that this user may see."""
    rows = Listing.objects.visible_to(user).published().filter(kind=kind)
    return rows.order_by("-published_at", "-pk").with_card_details()[:NEWEST]
