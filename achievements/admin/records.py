"""Files, decisions, claims, invitations and imports in the administration."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.admin.bases import LookOnly, Unsealed, for_each
from achievements.models import (
    Attachment,
    Claim,
    ExpertInvitation,
    ImportRun,
    Review,
)
from achievements.services import (
    remove_attachment,
)


@admin.register(Attachment)
class AttachmentAdmin(Unsealed, LookOnly, admin.ModelAdmin):
    """Files: what is attached to what; content is opened on the listing's page."""

    sealed = "listing__disclosure"

    list_display = ["pk", "name", "listing", "layer", "content_type", "size", "uploaded_at"]
    list_filter = ["layer", "is_image", "virus_check"]
    list_select_related = ["listing"]
    exclude = ["file"]
    actions = ["remove"]

    @admin.action(description=_("Remove these files"), permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Remove them from their listings and from the disk."""
        rows = queryset.select_related("listing__organisation")
        for_each(self, request, rows, remove_attachment)


@admin.register(Review)
class ReviewAdmin(Unsealed, LookOnly, admin.ModelAdmin):
    """Decisions of moderators."""

    sealed = "listing__disclosure"

    list_display = ["pk", "listing", "verdict", "reason", "by", "at"]
    list_filter = ["verdict", "reason"]
    list_select_related = ["listing", "by"]


@admin.register(Claim)
class ClaimAdmin(LookOnly, admin.ModelAdmin):
    """Claims on profiles; curators decide them in the expert pool."""

    list_display = ["pk", "expert", "user", "made_at", "decided_at", "accepted"]
    list_select_related = ["expert", "user"]


@admin.register(ExpertInvitation)
class ExpertInvitationAdmin(LookOnly, admin.ModelAdmin):
    """Letters that asked people to take their profile over."""

    list_display = ["pk", "expert", "invited_by", "sent_at"]
    list_select_related = ["expert", "invited_by"]


@admin.register(ImportRun)
class ImportRunAdmin(LookOnly, admin.ModelAdmin):
    """Imports by upload; the file itself is its organisation's."""

    list_display = ["pk", "kind", "organisation", "state", "created_at"]
    list_filter = ["kind", "state"]
    list_select_related = ["organisation"]
    exclude = ["file"]
