"""The Django admin, for superusers: to look, and to help where no page does.

What services guard is read-only here or goes through the same services, so that the audit trail
and the rules hold. What is append-only cannot be added, changed or removed.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet, URLField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import (
    ApiToken,
    AuditEvent,
    Delivery,
    Invitation,
    MailboxMessage,
    Member,
    Notification,
    Organisation,
    Region,
    User,
)
from accounts.permissions import signed_in
from accounts.services import record_audit, reinstate_user, revoke_token, suspend_user
from accounts.services.organisations import DERIVED_FROM
from accounts.signals import organisation_changed


class ReadOnlyAdmin(admin.ModelAdmin):
    """Only to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


class AuditedAdmin(admin.ModelAdmin):
    """Changes are written into the audit trail, with the names of what changed."""

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save and remember."""
        super().save_model(request, obj, form, change)
        record_audit(
            by=signed_in(request.user),
            verb=f"{obj._meta.model_name}.{'admin_update' if change else 'admin_create'}",
            obj=obj,
            changed=sorted(form.changed_data),
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Remember and remove."""
        record_audit(
            by=signed_in(request.user), verb=f"{obj._meta.model_name}.admin_delete", obj=obj
        )
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Remember and remove each."""
        for obj in queryset:
            self.delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say what keeps an object from being removed rather than what may not be removed."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return found, counts, set() if protected else lacking, protected


class MemberInline(admin.TabularInline):
    """Where a user belongs, or who belongs: changed on the organisation's own pages."""

    model = Member
    extra = 0
    can_delete = False
    fields = readonly_fields = ("organisation", "user", "role", "joined_at")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Members are invited."""
        return False


class UserAdminForm(forms.ModelForm):
    """Roles and preferences; passwords are set by their owners alone."""

    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "language",
            "time_zone",
            "email_rhythm",
            "is_curator",
            "is_moderator",
            "is_staff",
            "is_superuser",
        )


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """Users: roles, suspending and reinstating. New users sign up by themselves."""

    form = UserAdminForm
    list_display = ("email", "name", "is_curator", "is_moderator", "is_superuser", "is_active")
    list_filter = ("is_active", "is_curator", "is_moderator", "is_superuser", "language")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("is_active", "date_joined", "last_login")
    inlines = (MemberInline,)
    actions = ("suspend", "reinstate")
    fieldsets = (
        (None, {"fields": ("email", "name", "is_active", "date_joined", "last_login")}),
        (_("Roles"), {"fields": ("is_curator", "is_moderator", "is_staff", "is_superuser")}),
        (_("Preferences"), {"fields": ("language", "time_zone", "email_rhythm")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Nobody takes the last key from themselves."""
        own = ("is_superuser", "is_staff") if obj == request.user else ()
        return (*self.readonly_fields, *own)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People sign up; the first superuser is made by ``createsuperuser``."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Users are suspended, so that what they did stays explained."""
        return False

    @admin.action(description=_("Suspend: end their sessions and revoke their tokens"))
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Shut users out."""
        count = 0
        for user in queryset.filter(is_active=True):
            try:
                suspend_user(user, by=signed_in(request.user))
            except PermissionDenied:
                messages.error(request, _("You cannot suspend yourself."))
            else:
                count += 1
        text = ngettext("%(count)s user is suspended.", "%(count)s users are suspended.", count)
        messages.success(request, text % {"count": count})

    @admin.action(description=_("Reinstate: let them in again"))
    def reinstate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let users in again."""
        suspended = list(queryset.filter(is_active=False))
        for user in suspended:
            reinstate_user(user, by=signed_in(request.user))
        text = ngettext(
            "%(count)s user is reinstated.", "%(count)s users are reinstated.", len(suspended)
        )
        messages.success(request, text % {"count": len(suspended)})


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    """Organisations; verification is decided on the moderators' page."""

    list_display = ("slug", "name_en", "name_zh", "kind", "verified_at", "is_sample")
    list_filter = ("kind", "is_sample", ("verified_at", admin.EmptyFieldListFilter))
    search_fields = ("slug", "name_en", "name_zh", "ror_id", "credit_code")
    autocomplete_fields = ("region",)
    readonly_fields = (
        "logo",
        "verified_at",
        "verified_by",
        "may_publish_directly",
        "created_at",
        "updated_at",
    )
    inlines = (MemberInline,)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Save, remember, and tell whoever derived something from the name."""
        super().save_model(request, obj, form, change)
        if DERIVED_FROM & set(form.changed_data):
            organisation_changed.send(Organisation, organisation_id=obj.pk)


@admin.register(Region)
class RegionAdmin(AuditedAdmin):
    """Countries and their parts; loaded from data."""

    list_display = ("code", "name_en", "name_zh", "parent")
    list_select_related = ("parent",)
    search_fields = ("code", "name_en", "name_zh")
    autocomplete_fields = ("parent",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations, open and used."""

    list_display = ("email", "organisation", "role", "invited_by", "expires_at", "accepted_at")
    list_select_related = ("organisation", "invited_by")
    search_fields = ("email", "organisation__name_en", "organisation__name_zh")
    exclude = ("token_hash",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens without their secrets; they can be revoked."""

    list_display = ("name", "prefix", "user", "scopes", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email")
    exclude = ("token_hash",)
    actions = ("revoke",)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Make tokens worthless."""
        for token in queryset:
            revoke_token(token, by=signed_in(request.user))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit trail."""

    list_display = ("at", "actor", "verb", "object_type", "object_id", "organisation")
    list_select_related = ("actor", "organisation")
    list_filter = ("object_type",)
    search_fields = ("verb", "object_id")
    date_hierarchy = "at"
    show_full_result_count = False


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What was told to whom."""

    list_display = ("created_at", "recipient", "kind", "read_at", "email_wanted", "delivery")
    list_select_related = ("recipient", "delivery__recipient")
    list_filter = ("kind", "email_wanted")
    search_fields = ("recipient__email", "key")
    exclude = ("data",)  # it names what only the recipient may know
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """Outgoing e-mails; texts of letters are not shown, they may hold secrets."""

    list_display = ("due_at", "recipient", "address", "attempts", "sent_at", "failed_at")
    list_select_related = ("recipient",)
    list_filter = (
        ("sent_at", admin.EmptyFieldListFilter),
        ("failed_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("recipient__email", "address")
    exclude = ("text", "html")
    show_full_result_count = False


@admin.register(MailboxMessage)
class MailboxMessageAdmin(ReadOnlyAdmin):
    """E-mails of the demo."""

    list_display = ("sent_at", "subject", "recipients")
    search_fields = ("subject",)
