"""What viewsets of every package may lean on."""

from typing import TYPE_CHECKING

from accounts.models import User
from accounts.permissions import signed_in

if TYPE_CHECKING:
    from rest_framework.views import APIView as Base
else:
    Base = object


class Door(Base):
    """Asks the permission predicates; rows, filters and verbs are those of the pages."""

    def require(self, allowed: bool) -> None:
        """Go on if allowed; else 401 for a visitor and 403 for somebody who has signed in."""
        if not allowed:
            self.permission_denied(self.request)

    @property
    def by(self) -> User:
        """Who acts."""
        return signed_in(self.request.user)
