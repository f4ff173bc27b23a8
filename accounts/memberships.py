"""To which organisations a user belongs: read once in a request that changes nothing."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Member, User
    from accounts.querysets import AnyUser


def keep_memberships(user: "User") -> None:
    """From now on read this user's memberships once at most.

    For the user of a request that only reads. Each request has a user object of its own, so that
    nothing is kept longer than the request.
    """
    user.keeps_memberships = True


def memberships_of(user: "AnyUser") -> list["Member"]:
    """The user's memberships with their organisations; none for a visitor.

    One query; none after the first time where :func:`keep_memberships` was said.
    """
    if not user.is_authenticated:
        return []
    if user.kept_memberships is not None:
        return user.kept_memberships
    rows = list(user.memberships.select_related("organisation"))
    if user.keeps_memberships:
        user.kept_memberships = rows
    return rows
