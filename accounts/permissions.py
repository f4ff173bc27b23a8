"""May this user do that: predicates about organisations and administration."""

from typing import TYPE_CHECKING

from accounts.models import Member, Organisation

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

EDITING_ROLES = (Member.Role.OWNER, Member.Role.EDITOR)


def belongs_to(user: "AnyUser", organisation: Organisation) -> bool:
    """A member in any role."""
    return user.is_authenticated and user.memberships.filter(organisation=organisation).exists()


def may_post_for(user: "AnyUser", organisation: Organisation) -> bool:
    """Owners and editors post and edit the organisation's listings and answer its matches."""
    return (
        user.is_authenticated
        and user.memberships.filter(organisation=organisation, role__in=EDITING_ROLES).exists()
    )


def may_manage_organisation(user: "AnyUser", organisation: Organisation) -> bool:
    """Owners manage the organisation and its members; superusers may, too."""
    return user.is_authenticated and (
        user.is_superuser
        or user.memberships.filter(organisation=organisation, role=Member.Role.OWNER).exists()
    )


def may_verify_organisations(user: "AnyUser") -> bool:
    """Moderators verify organisations."""
    return user.is_authenticated and user.moderates
