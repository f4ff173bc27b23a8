"""Questions about the quality of listings."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

if TYPE_CHECKING:
    from achievements.querysets.listings import ListingQuerySet


class ListingQualityQuerySet(models.QuerySet):
    """Which listings are to be rated."""

    def outstanding(self) -> "ListingQuerySet":
        """Listings never rated, or not since they or the rules of their kind changed."""
        from achievements.models import LintRuleSet, Listing

        newer = LintRuleSet.objects.filter(
            kind=OuterRef("kind"), changed_at__gt=OuterRef("quality__made_at")
        )
        return Listing.objects.filter(
            Q(quality=None) | Q(quality__made_at__lt=F("updated_at")) | Exists(newer)
        )
