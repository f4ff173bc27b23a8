"""Questions about introductions; who may read one is decided here."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


class IntroductionQuerySet(models.QuerySet):
    """Questions about introductions."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Both sides' members, and the two people themselves. Nobody else, administrators included.

        An introduction to an unclaimed expert without organisation is answered by curators.
        """
        if not user.is_authenticated:
            return self.none()
        mine = user.memberships.values("organisation")
        seen = Q(sender_organisation__in=mine) | Q(recipient_organisation__in=mine)
        seen |= Q(sender=user) | Q(recipient=user)
        if user.curates:
            seen |= Q(recipient__isnull=True, recipient_organisation__isnull=True)
        return self.filter(seen)
