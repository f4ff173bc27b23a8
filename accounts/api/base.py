"""What viewsets of every package may lean on."""

from typing import Any

from rest_framework.serializers import Serializer

from accounts.api.idempotency import IdempotencyKeyMixin
from accounts.models import User
from accounts.permissions import signed_in


class Door(IdempotencyKeyMixin):
    """Asks the permission predicates; rows, filters and verbs are those of the pages."""

    def require(self, allowed: bool) -> None:
        """Go on if allowed; else 401 for a visitor and 403 for somebody who has signed in."""
        if not allowed:
            self.permission_denied(self.request)

    def given(self, serializer_class: type[Serializer]) -> Any:
        """What was sent, checked: the values by name. A 400 where they are not as they should."""
        serializer = serializer_class(data=self.request.data, context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @property
    def by(self) -> User:
        """Who acts."""
        return signed_in(self.request.user)
