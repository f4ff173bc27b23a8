"""Introductions for superusers: that they exist, not what is written in them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from deals.models import Introduction


@admin.register(Introduction)
class IntroductionAdmin(admin.ModelAdmin):
    """Read-only. Subject and messages are the two sides' own and are not shown here."""

    list_display = ["pk", "listing", "created_at", "last_message_at"]
    list_select_related = ["listing"]
    date_hierarchy = "created_at"
    fields = (
        "listing", "match", "sender_organisation", "recipient_organisation", "to_curators",
        "sender_anonymous", "recipient_anonymous", "created_at", "last_message_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Introduction]:
        """All but those about sealed demands, which only the two sides may know of."""
        rows = super().get_queryset(request)
        return rows.exclude(listing__disclosure="sealed").exclude(
            match__demand__disclosure="sealed"
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Introductions begin on the site."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Introduction | None = None) -> bool:
        """Nobody changes what was said."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Introduction | None = None) -> bool:
        """Nobody removes what was said."""
        return False
