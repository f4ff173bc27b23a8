"""May this user do that: predicates about listings. What a state allows is the services' part."""

from functools import cached_property
from typing import TYPE_CHECKING

from accounts.memberships import memberships_of
from accounts.models import Organisation
from accounts.permissions import EDITING_ROLES, belongs_to, may_post_for
from achievements.models import Appeal, Claim, Disclosure, Expert, Listing, Report

if TYPE_CHECKING:
    from accounts.querysets import AnyUser


def may_edit_listing(user: "AnyUser", listing: Listing) -> bool:
    """The organisation's owners and editors, the person of an expert profile, experts' curators."""
    if not user.is_authenticated:
        return False
    if user.is_superuser:
        return True
    if listing.organisation is not None and may_post_for(user, listing.organisation):
        return True
    if listing.kind == Listing.Kind.EXPERT:
        return user.curates or _is_person_of(user, listing)
    return False


def _is_person_of(user: "AnyUser", listing: Listing) -> bool:
    """Whether the user has claimed this expert profile."""
    if isinstance(listing, Expert):
        return listing.user_id is not None and listing.user_id == user.pk
    return Expert.objects.filter(pk=listing.pk, user=user).exists()  # type: ignore[misc]


def may_claim_expert(user: "AnyUser", expert: Expert) -> bool:
    """Everybody signed in may say of a published profile that nobody has claimed: this is me."""
    return user.is_authenticated and expert.user_id is None and expert.is_live


def may_review_listing(user: "AnyUser", listing: Listing) -> bool:
    """Moderators decide on achievements and demands, curators admit experts; not one's own."""
    if not user.is_authenticated:
        return False
    if user.is_superuser:
        return True
    if listing.organisation is not None and belongs_to(user, listing.organisation):
        return False
    if listing.kind == Listing.Kind.EXPERT and _is_person_of(user, listing):
        return False
    return user.curates if listing.kind == Listing.Kind.EXPERT else user.moderates


def may_see_reports(user: "AnyUser") -> bool:
    """Reviewers of either kind."""
    return user.is_authenticated and (user.moderates or user.curates)


def may_decide_report(user: "AnyUser", report: Report) -> bool:
    """Who reviews the listing; nobody decides on what is said of the own organisation's."""
    return may_review_listing(user, report.listing)


def may_appeal(user: "AnyUser", listing: Listing) -> bool:
    """Who may edit the listing."""
    return may_edit_listing(user, listing)


def may_decide_appeal(user: "AnyUser", appeal: Appeal) -> bool:
    """A reviewer of the listing, never the one who took it down; superusers neither."""
    review = appeal.review
    return may_review_listing(user, review.listing) and review.by_id != user.pk


def needs_no_review(listing: Listing) -> bool:
    """Of an organisation that publishes directly, or sealed: then nobody but the owner reads it."""
    return listing.is_sealed or publishes_directly(listing.organisation, listing.kind)


def publishes_directly(organisation: Organisation | None, kind: str) -> bool:
    """Whether what the organisation posts needs no reviewer; people of the pool always do."""
    return (
        organisation is not None
        and organisation.is_verified
        and organisation.may_publish_directly
        and kind != Listing.Kind.EXPERT
    )


def may_verify_readiness(user: "AnyUser", listing: Listing) -> bool:
    """Moderators, but not of their own organisation's achievements."""
    return listing.kind == Listing.Kind.ACHIEVEMENT and may_review_listing(user, listing)


def may_decide_claim(user: "AnyUser", claim: Claim) -> bool:
    """Curators decide who is whom, but not of themselves; superusers always."""
    if not user.is_authenticated:
        return False
    return user.is_superuser or (user.curates and claim.user_id != user.pk)


def may_keep_pool(user: "AnyUser") -> bool:
    """Curators keep the record of people in the pool."""
    return user.is_authenticated and user.curates


def may_declare_conflicts(user: "AnyUser", expert: Expert) -> bool:
    """Curators, and the person."""
    return may_keep_pool(user) or (user.is_authenticated and expert.user_id == user.pk)


def may_see_organisation(user: "AnyUser", listing: Listing) -> bool:
    """Everyone, but for an anonymous demand only its members and administrators."""
    if not listing.is_anonymous or listing.organisation is None:
        return True
    return user.is_authenticated and (
        user.is_administrator or belongs_to(user, listing.organisation)
    )


class Reader:
    """Who reads a list: answers :func:`may_see_organisation` for many listings with one query."""

    def __init__(self, user: "AnyUser") -> None:
        self.user = user

    @cached_property
    def organisation_ids(self) -> frozenset[int]:
        """The organisations the reader belongs to."""
        return frozenset(one.organisation_id for one in memberships_of(self.user))

    def may_see_organisation(self, listing: Listing) -> bool:
        """Everyone, but for an anonymous demand only its members and administrators."""
        if not listing.is_anonymous or listing.organisation_id is None:
            return True
        if not self.user.is_authenticated:
            return False
        return self.user.is_administrator or listing.organisation_id in self.organisation_ids

    @cached_property
    def posting_ids(self) -> frozenset[int]:
        """The organisations whose listings the reader may edit."""
        rows = memberships_of(self.user)
        return frozenset(one.organisation_id for one in rows if one.role in EDITING_ROLES)

    def may_edit(self, listing: Listing) -> bool:
        """What :func:`may_edit_listing` says, of a row fetched with its kind's table."""
        if not self.user.is_authenticated:
            return False
        if self.user.is_superuser or listing.organisation_id in self.posting_ids:
            return True
        if listing.kind != Listing.Kind.EXPERT:
            return False
        expert = listing if isinstance(listing, Expert) else listing.expert
        return self.user.curates or expert.user_id == self.user.pk

    def may_open_organisation(self, organisation: Organisation) -> bool:
        """Whether the organisation's page is there for the reader: until it is verified, only for
        its members and administrators."""
        if organisation.is_verified:
            return True
        if not self.user.is_authenticated:
            return False
        return self.user.is_administrator or organisation.pk in self.organisation_ids

    def owns(self, listing: Listing) -> bool:
        """Whether the listing is of an organisation the reader belongs to."""
        return listing.organisation_id in self.organisation_ids

    def is_of_own_side(self, listing: Listing) -> bool:
        """Whether the listing is the reader's own: of an organisation the reader belongs to, or
        the reader's profile. Being an administrator does not make it so."""
        if self.owns(listing):
            return True
        if listing.kind != Listing.Kind.EXPERT:
            return False
        expert = listing if isinstance(listing, Expert) else listing.expert
        return self.user.is_authenticated and expert.user_id == self.user.pk

    def may_see_own_number(self, listing: Listing) -> bool:
        """An organisation's own number of a listing is for its members and administrators."""
        if not self.user.is_authenticated:
            return False
        return self.user.is_administrator or self.owns(listing)


def may_import(user: "AnyUser", organisation: Organisation | None, kind: str) -> bool:
    """Owners and editors import for their organisation; curators experts without one."""
    if not user.is_authenticated:
        return False
    if organisation is None:
        return kind == Listing.Kind.EXPERT and user.curates
    return user.is_superuser or may_post_for(user, organisation)


def may_import_published(user: "AnyUser", kind: str) -> bool:
    """Publish imported listings without review: superusers, and curators experts."""
    if not user.is_authenticated:
        return False
    return user.is_superuser or (kind == Listing.Kind.EXPERT and user.curates)


def may_read_versions(user: "AnyUser", listing: Listing) -> bool:
    """Who edits a listing and who reviews it read what it said before."""
    return may_edit_listing(user, listing) or may_review_listing(user, listing)


def may_disclose(user: "AnyUser", organisation: Organisation) -> bool:
    """Every member tells the office of the own organisation what was made."""
    return belongs_to(user, organisation)


def may_handle_disclosure(user: "AnyUser", disclosure: Disclosure) -> bool:
    """The organisation's owners and editors ask back and decide, but not about their own."""
    if not user.is_authenticated or user.pk == disclosure.submitted_by_id:
        return False
    return may_post_for(user, disclosure.organisation)


def may_answer_disclosure(user: "AnyUser", disclosure: Disclosure) -> bool:
    """Who submitted it answers, as a member."""
    return (
        user.is_authenticated
        and user.pk == disclosure.submitted_by_id
        and belongs_to(user, disclosure.organisation)
    )
