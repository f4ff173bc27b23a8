"""Listings of every kind in the administration."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.admin.bases import LookOnly, Unsealed, for_each
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Inventor,
    IPRight,
    Listing,
    RequirementRow,
)
from achievements.services import (
    approve_listing,
    close_listing,
    renew_listing,
    reopen_listing,
    withdraw_listing,
)


class RowInline(LookOnly, admin.TabularInline):
    """Rows of a listing."""

    extra = 0


class EvidenceInline(RowInline):
    """Measured facts."""

    model = EvidenceRow


class IPRightInline(RowInline):
    """IP rights."""

    model = IPRight


class InventorInline(RowInline):
    """Inventors."""

    model = Inventor


class RequirementInline(RowInline):
    """Requirements."""

    model = RequirementRow


class ListingAdmin(Unsealed, LookOnly, admin.ModelAdmin):
    """A listing: all of it to read, its life to steer."""

    list_display = ["pk", "title", "organisation", "state", "visibility", "updated_at"]
    list_filter = ["state", "visibility", "is_sample"]
    list_select_related = ["organisation"]
    search_fields = ["title_en", "title_zh", "external_id"]
    date_hierarchy = "updated_at"
    actions = ["approve", "withdraw", "close", "renew", "reopen"]

    # Actions ask for these names; looking is enough for superusers, who alone come here.
    @admin.action(description=_("Approve and publish"), permissions=["view"])
    def approve(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Publish what is in review."""
        for_each(self, request, queryset, approve_listing)

    @admin.action(description=_("Withdraw"), permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take out of every door."""
        for_each(self, request, queryset, withdraw_listing)

    @admin.action(description=_("Close"), permissions=["view"])
    def close(self, request: HttpRequest, queryset: QuerySet) -> None:
        """End."""
        for_each(self, request, queryset, close_listing)

    @admin.action(description=_("Renew for a year"), permissions=["view"])
    def renew(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Publish for another year."""
        for_each(self, request, queryset, renew_listing)

    @admin.action(description=_("Reopen as a draft"), permissions=["view"])
    def reopen(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Make a draft again."""
        for_each(self, request, queryset, reopen_listing)


@admin.register(Achievement)
class AchievementAdmin(ListingAdmin):
    """Achievements."""

    inlines = [EvidenceInline, IPRightInline, InventorInline]


@admin.register(Demand)
class DemandAdmin(ListingAdmin):
    """Demands."""

    inlines = [RequirementInline]


@admin.register(Expert)
class ExpertAdmin(ListingAdmin):
    """Experts."""

    list_display = [*ListingAdmin.list_display, "orcid", "merged_into"]
    list_select_related = ["organisation", "merged_into"]


@admin.register(Listing)
class AnyListingAdmin(ListingAdmin):
    """All kinds together."""

    list_display = ["pk", "kind", *ListingAdmin.list_display[1:]]
    list_filter = ["kind", *ListingAdmin.list_filter]
