"""Questions about disclosures; who may read one is decided here."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.querysets import AnyUser

OFFICE_ROLES = ("owner", "editor")


class DisclosureQuerySet(models.QuerySet):
    """Questions about disclosures."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Who submitted it, while a member, and the owners and editors of the organisation."""
        if not user.is_authenticated:
            return self.none()
        member = Q(organisation__in=user.memberships.values("organisation"))
        return self.filter(Q(submitted_by=user) & member | self._office_of(user))

    def _office_of(self, user: "User") -> Q:
        offices = user.memberships.filter(role__in=OFFICE_ROLES)
        return Q(organisation__in=offices.values("organisation"))

    def waiting_for(self, user: "AnyUser") -> Self:
        """Those that wait for the user: as the office, or as the inventor who was asked."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(state="asked", submitted_by=user)
        return self.filter(mine | Q(state="submitted") & self._office_of(user))

    def under_embargo(self, day: object) -> Self:
        """Not to be published on this day."""
        return self.filter(embargo_until__gt=day)
