"""Questions about reports and appeals."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def _decided_by(user: "AnyUser", path: str) -> Q:
    """Listings, at ``path``, of a kind on which the user decides: curators experts, moderators
    the rest."""
    kinds = []
    if user.is_authenticated and user.moderates:
        kinds += ["achievement", "demand"]
    if user.is_authenticated and user.curates:
        kinds += ["expert"]
    return Q(**{f"{path}__kind__in": kinds})


class ReportQuerySet(models.QuerySet):
    """Questions about reports."""

    def visible_to(self, user: "AnyUser") -> Self:
        """For reviewers of that kind of listing only: who reported has no page of it."""
        return self.filter(_decided_by(user, "listing"))

    def open(self) -> Self:
        """Not decided, the first due first."""
        return self.filter(decided_at__isnull=True).order_by("due_on", "pk")

    def to_be_recalled(self, today: date) -> Self:
        """Open on their last day or later, of which the reviewers were not reminded."""
        return self.open().filter(due_on__lte=today, reminded_at__isnull=True)

    def with_details(self) -> Self:
        """Everything the queue and the API show."""
        return self.select_related("listing__organisation", "by", "decided_by")


class AppealQuerySet(models.QuerySet):
    """Questions about appeals."""

    def visible_to(self, user: "AnyUser") -> Self:
        """For reviewers of that kind of listing, and for members of its organisation."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(review__listing__organisation__in=user.memberships.values("organisation"))
        mine |= Q(review__listing__expert__user=user)
        return self.filter(_decided_by(user, "review__listing") | mine)

    def waiting_for(self, user: "AnyUser") -> Self:
        """Those that reviewers of this user's role decide, whoever of them it will be."""
        return self.filter(_decided_by(user, "review__listing"))

    def open(self) -> Self:
        """Not decided, and not overtaken: the listing still is the draft it was made. The first
        due first."""
        waiting = self.filter(decided_at__isnull=True, review__listing__state="draft")
        return waiting.order_by("due_on", "pk")

    def to_be_recalled(self, today: date) -> Self:
        """Open on their last day or later, of which the reviewers were not reminded."""
        return self.open().filter(due_on__lte=today, reminded_at__isnull=True)

    def with_details(self) -> Self:
        """Everything the queue and the API show."""
        return self.select_related(
            "review__listing__organisation", "review__by", "by", "decided_by"
        )
