"""Vocabularies and quality rules, which are data."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone

from accounts.permissions import signed_in
from accounts.services import record_audit
from achievements.models import (
    LintRule,
    LintRuleSet,
    Scheme,
    Term,
)
from achievements.services.quantities import SCHEME, reread_quantities


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
