"""May this user write: predicates about introductions. What a state allows is for services."""

from typing import TYPE_CHECKING

from accounts.memberships import memberships_of
from accounts.models import Organisation, User
from accounts.permissions import EDITING_ROLES, may_manage_organisation, may_post_for
from achievements.models import Expert, Listing
from achievements.querysets import ListingQuerySet
from deals.models import Introduction, PortfolioView
from deals.sides import Reader
from matching.models import Match

if TYPE_CHECKING:
    from accounts.querysets import AnyUser, OrganisationQuerySet


def writing_organisations(user: User) -> "OrganisationQuerySet":
    """The organisations the user may write for: as owner or editor, not as viewer."""
    return Organisation.objects.filter(
        members__user=user, members__role__in=EDITING_ROLES
    ).order_by("slug")


def has_a_voice(user: "AnyUser") -> bool:
    """Owners and editors write for their organisations, who belongs to none as a person."""
    roles = {one.role for one in memberships_of(user)}
    return user.is_authenticated and (not roles or not roles.isdisjoint(EDITING_ROLES))


def speaks_for(user: "AnyUser", listing: Listing) -> bool:
    """The person of an expert profile, and owners and editors of the listing's organisation."""
    if not user.is_authenticated:
        return False
    if (
        listing.kind == Listing.Kind.EXPERT
        and Expert.objects.filter(pk=listing.pk, user=user).exists()
    ):
        return True
    return listing.organisation is not None and may_post_for(user, listing.organisation)


def _is_own(user: User, listing: Listing) -> bool:
    """Of an own organisation, the own profile, or one that the user curates for nobody else."""
    rows: ListingQuerySet = Listing.objects.filter(pk=listing.pk)
    if rows.owned_by(user).exists():
        return True
    if not user.curates or listing.kind != Listing.Kind.EXPERT:
        return False
    return rows.filter(organisation__isnull=True, expert__user__isnull=True).exists()


def other_side(match: Match, listing: Listing) -> Listing:
    """The listing at the other end of a match."""
    return match.candidate if match.demand_id == listing.pk else match.demand


def may_begin_introduction(user: "AnyUser", listing: Listing, match: Match | None = None) -> bool:
    """Write about a listing that is not one's own, with a voice; by a match: for its other side."""
    if not user.is_authenticated or _is_own(user, listing):
        return False
    if match is not None:
        return speaks_for(user, other_side(match, listing))
    return has_a_voice(user)


def may_reply(user: "AnyUser", introduction: Introduction) -> bool:
    """The people of both sides; members in the role of viewer read only."""
    if not user.is_authenticated:
        return False
    seat = Reader(user).seat(introduction)
    return seat is not None and seat.may_write


def may_delete_view(user: "AnyUser", view: PortfolioView) -> bool:
    """Who made it; the organisation's owners, where it is shared."""
    if not user.is_authenticated:
        return False
    return view.user_id == user.pk or (
        view.shared and may_manage_organisation(user, view.organisation)
    )
