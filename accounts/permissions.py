"""May this user do that: predicates about organisations and administration."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied

from accounts.memberships import memberships_of
from accounts.models import Member, Organisation, User

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

EDITING_ROLES = (Member.Role.OWNER, Member.Role.EDITOR)


def signed_in(user: "AnyUser") -> User:
    """The user; raises PermissionDenied for a visitor who has not signed in."""
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def belongs_to(user: "AnyUser", organisation: Organisation) -> bool:
    """A member in any role."""
    return any(one.organisation_id == organisation.pk for one in memberships_of(user))


def may_post_for(user: "AnyUser", organisation: Organisation) -> bool:
    """Owners and editors post and edit the organisation's listings and answer its matches."""
    return _has_role(user, organisation, EDITING_ROLES)


def _has_role(user: "AnyUser", organisation: Organisation, roles: Collection[str]) -> bool:
    rows = memberships_of(user)
    return any(one.organisation_id == organisation.pk and one.role in roles for one in rows)


def may_manage_organisation(user: "AnyUser", organisation: Organisation) -> bool:
    """Owners manage the organisation and its members; superusers may, too."""
    return user.is_authenticated and (
        user.is_superuser or _has_role(user, organisation, (Member.Role.OWNER,))
    )


def may_verify_organisations(user: "AnyUser") -> bool:
    """Moderators verify organisations."""
    return user.is_authenticated and user.moderates


def may_verify_organisation(user: "AnyUser", organisation: Organisation) -> bool:
    """A moderator who does not belong to it; superusers always."""
    return may_verify_organisations(user) and (
        user.is_superuser or not belongs_to(user, organisation)
    )


def may_open_documents(user: "AnyUser", organisation: Organisation) -> bool:
    """Its owners, and moderators who may verify it."""
    return may_manage_organisation(user, organisation) or may_verify_organisation(
        user, organisation
    )


def may_change_member(user: "AnyUser", member: Member) -> bool:
    """Owners change the members of their organisation."""
    return may_manage_organisation(user, member.organisation)


def may_remove_member(user: "AnyUser", member: Member) -> bool:
    """Owners remove members; everybody may leave."""
    return user.is_authenticated and (
        member.user_id == user.pk or may_manage_organisation(user, member.organisation)
    )


def needs_second_factor(user: "AnyUser") -> bool:
    """Administrators, where the site asks for it (everywhere but in a demo)."""
    return bool(settings.SECOND_FACTOR_REQUIRED) and (
        user.is_authenticated and user.is_administrator
    )
