"""The catalogue in the Django admin, for superusers: to look, and to help where no page does.

Content is changed on the listing's own page, which superusers may edit; states move by the same
services as everywhere. Vocabularies can be extended here, with a trace in the audit.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.permissions import signed_in
from accounts.services import record_audit
from achievements.models import (
    Achievement,
    Attachment,
    Claim,
    Demand,
    EvidenceRow,
    Expert,
    ExpertInvitation,
    ImportRun,
    Inventor,
    IPRight,
    LintRule,
    LintRuleSet,
    Listing,
    RequirementRow,
    Review,
    Scheme,
    Term,
)
from achievements.services import (
    approve_listing,
    close_listing,
    remove_attachment,
    renew_listing,
    reopen_listing,
    withdraw_listing,
)
from achievements.services.quantities import SCHEME, reread_quantities


class LookOnly:
    """Neither added, changed nor removed here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class Unsealed:
    """Leaves sealed demands, and what belongs to them, to their owners. ``sealed``: its path."""

    sealed = "disclosure"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """All but these, for every superuser."""
        rows: QuerySet = super().get_queryset(request)  # type: ignore[misc]
        return rows.exclude(**{self.sealed: Listing.Disclosure.SEALED})


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


def _each(
    modeladmin: admin.ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet,
    verb: Callable[..., Any],
) -> None:
    """Call a service for each row; tell how many went through and why others did not."""
    done = 0
    for row in queryset:
        try:
            verb(row, by=signed_in(request.user))
        except ValidationError as error:
            text = f"{row}: {' '.join(error.messages)}"
            modeladmin.message_user(request, text, messages.ERROR)
        else:
            done += 1
    text = ngettext("%(count)d row done.", "%(count)d rows done.", done) % {"count": done}
    modeladmin.message_user(request, text, messages.SUCCESS)


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
        _each(self, request, queryset, approve_listing)

    @admin.action(description=_("Withdraw"), permissions=["view"])
    def withdraw(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Take out of every door."""
        _each(self, request, queryset, withdraw_listing)

    @admin.action(description=_("Close"), permissions=["view"])
    def close(self, request: HttpRequest, queryset: QuerySet) -> None:
        """End."""
        _each(self, request, queryset, close_listing)

    @admin.action(description=_("Renew for a year"), permissions=["view"])
    def renew(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Publish for another year."""
        _each(self, request, queryset, renew_listing)

    @admin.action(description=_("Reopen as a draft"), permissions=["view"])
    def reopen(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Make a draft again."""
        _each(self, request, queryset, reopen_listing)


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


@admin.register(Attachment)
class AttachmentAdmin(Unsealed, LookOnly, admin.ModelAdmin):
    """Files: what is attached to what; content is opened on the listing's page."""

    sealed = "listing__disclosure"

    list_display = ["pk", "name", "listing", "layer", "content_type", "size", "uploaded_at"]
    list_filter = ["layer", "is_image"]
    list_select_related = ["listing"]
    exclude = ["file"]
    actions = ["remove"]

    @admin.action(description=_("Remove these files"), permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Remove them from their listings and from the disk."""
        rows = queryset.select_related("listing__organisation")
        _each(self, request, rows, remove_attachment)


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


class VocabularyAdmin(admin.ModelAdmin):
    """Changes are noted in the audit; what listings may point to is retired, never removed."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save and remember."""
        super().save_model(request, obj, form, change)
        record_audit(
            by=signed_in(request.user),
            verb=f"{obj._meta.model_name}.{'admin_update' if change else 'admin_create'}",
            obj=obj,
            changed=sorted(form.changed_data),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(Scheme)
class SchemeAdmin(VocabularyAdmin):
    """Vocabularies. Those that come as files are loaded anew after an update."""

    list_display = ["code", "version", "name_en", "name_zh", "current"]


@admin.register(Term)
class TermAdmin(VocabularyAdmin):
    """Terms of vocabularies. What a file brought is loaded anew with an update; synonyms of one's
    own stay, and take effect on the rows and matches there are."""

    list_display = ["code", "scheme", "label_en", "label_zh", "parent", "retired"]
    list_filter = ["scheme", "retired"]
    list_select_related = ["scheme", "parent"]
    search_fields = ["code", "label_en", "label_zh", "synonyms", "own_synonyms"]
    autocomplete_fields = ["parent"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """The synonyms of a file, which the next update would write over."""
        return ["synonyms"] if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, remember, and read the quantities of all rows anew."""
        super().save_model(request, obj, form, change)
        if isinstance(obj, Term) and obj.scheme.code == SCHEME:
            reread_quantities()


@admin.register(Listing)
class AnyListingAdmin(ListingAdmin):
    """All kinds together."""

    list_display = ["pk", "kind", *ListingAdmin.list_display[1:]]
    list_filter = ["kind", *ListingAdmin.list_filter]


class LintRuleInline(admin.TabularInline):
    """The checks of a set of quality rules."""

    model = LintRule
    extra = 0


@admin.register(LintRuleSet)
class LintRuleSetAdmin(admin.ModelAdmin):
    """What a convincing listing is asked for; a change makes every score anew."""

    list_display = ["kind", "minimum", "changed_at"]
    inlines = [LintRuleInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the rules; note when, so that scores made before are due; leave a trace."""
        super().save_related(request, form, formsets, change)
        rules: LintRuleSet = form.instance
        rules.changed_at = timezone.now()
        rules.save(update_fields=["changed_at"])
        record_audit(by=signed_in(request.user), verb="lint_rules.update", obj=rules)
