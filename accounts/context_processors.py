"""What the header of every page shows about the person who looks at it."""

from functools import cached_property

from django.http import HttpRequest

from accounts.form_key import FormKey
from accounts.memberships import memberships_of
from accounts.models import Member, Notification, Organisation
from accounts.permissions import EDITING_ROLES


class Viewer:
    """The person behind a request, as the header needs it; asks the database only when read.

    A page that shows no header (an htmx fragment, an export) therefore costs no query.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.user = getattr(request, "user", None)

    @property
    def is_member(self) -> bool:
        """Somebody is signed in."""
        return self.user is not None and self.user.is_authenticated

    @cached_property
    def memberships(self) -> list[Member]:
        """The organisations the user belongs to, with the role in each."""
        return [] if self.user is None else memberships_of(self.user)

    @cached_property
    def active_membership(self) -> Member | None:
        """The membership the user acts in; without a choice the only one there is."""
        if self.user is None or not self.user.is_authenticated:
            return None
        chosen = self.user.active_organisation_id
        for membership in self.memberships:
            if membership.organisation_id == chosen:
                return membership
        return self.memberships[0] if len(self.memberships) == 1 else None

    @property
    def active_organisation(self) -> Organisation | None:
        """The organisation the user acts for."""
        return self.active_membership.organisation if self.active_membership else None

    @property
    def may_post(self) -> bool:
        """Owners and editors post for the organisation they act for."""
        return self.active_membership is not None and self.active_membership.role in EDITING_ROLES

    @cached_property
    def unread_count(self) -> int:
        """Notifications not yet opened."""
        if self.user is None or not self.user.is_authenticated:
            return 0
        return Notification.objects.for_user(self.user).unread().count()

    @property
    def is_curator(self) -> bool:
        """Sees the expert pool."""
        return self.user is not None and self.user.is_authenticated and self.user.curates

    @property
    def is_moderator(self) -> bool:
        """Sees the moderation queue."""
        return self.user is not None and self.user.is_authenticated and self.user.moderates


def site(request: HttpRequest) -> dict[str, Viewer | FormKey]:
    """Give templates ``site``: who looks, for whom they act, what waits for them; and ``form_key``:
    the hidden field of a form that makes something."""
    return {"site": Viewer(request), "form_key": FormKey(request)}
