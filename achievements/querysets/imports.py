"""Questions about imports by upload."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


class ImportRunQuerySet(models.QuerySet):
    """Questions about imports."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Those for organisations the user posts for, the user's own, and all for superusers."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        posting = user.memberships.filter(role__in=["owner", "editor"]).values("organisation")
        return self.filter(Q(organisation__in=posting) | Q(created_by=user, organisation=None))

    def outstanding(self) -> Self:
        """Waiting for a worker: to be checked, confirmed and to be imported, or to be undone."""
        return self.filter(state__in=["uploaded", "confirmed", "undoing"]).order_by(
            "created_at", "pk"
        )
