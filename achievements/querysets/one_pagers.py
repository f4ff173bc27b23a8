"""Questions about one-pagers."""

from typing import Self

from django.db import models
from django.db.models import F, Q

MAX_ATTEMPTS = 3  # what cannot be made is not tried for ever


class OnePagerQuerySet(models.QuerySet):
    """Which files are to be made."""

    def outstanding(self) -> Self:
        """Wanted and not made since, or made before the listing, or what its page says of the
        organisation, last changed; the longest waiting first."""
        due = Q(made_at__isnull=True) | Q(made_at__lt=F("wanted_at"))
        due |= Q(source_at__lt=F("listing__updated_at"))
        due |= Q(made_at__lt=F("listing__organisation__updated_at"))
        return self.filter(due, attempts__lt=MAX_ATTEMPTS).order_by("wanted_at", "pk")
