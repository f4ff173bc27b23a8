"""Pages about what was done."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django_filters.views import FilterView

from accounts.audit_wording import detail_rows, kind_words
from accounts.filtersets import AuditEventFilterSet
from accounts.models import AuditEvent, Organisation
from accounts.permissions import may_manage_organisation
from accounts.querysets import AuditEventQuerySet


class AuditList(LoginRequiredMixin, UserPassesTestMixin, FilterView):
    """Everything that was done, for administrators."""

    filterset_class = AuditEventFilterSet
    template_name = "accounts/audit_list.html"
    paginate_by = 50
    strict = False

    def test_func(self) -> bool:
        """Administrators only."""
        user = self.request.user
        return user.is_authenticated and user.is_administrator

    def get_queryset(self) -> AuditEventQuerySet:
        """What the visitor may see, newest first."""
        return AuditEvent.objects.visible_to(self.request.user).with_names()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The events of this page, each with its object and details in words."""
        context = super().get_context_data(**kwargs)
        context["events"] = [
            {
                "event": event,
                "kind": kind_words(event.object_type),
                "details": detail_rows(event.data, event.object_type),
            }
            for event in context["page_obj"]
        ]
        return context


class OrganisationAuditList(AuditList):
    """What was done for one organisation, for its owners and administrators."""

    def test_func(self) -> bool:
        """Owners of the organisation, and administrators; an unseen organisation is a 404."""
        user = self.request.user
        rows = Organisation.objects.visible_to(user)
        self.organisation = get_object_or_404(rows, slug=self.kwargs["slug"])
        if not (user.is_authenticated and user.is_administrator) and not may_manage_organisation(
            user, self.organisation
        ):
            raise PermissionDenied
        return True

    def get_queryset(self) -> AuditEventQuerySet:
        """Those about this organisation."""
        return super().get_queryset().filter(organisation=self.organisation)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The organisation, too."""
        return super().get_context_data(organisation=self.organisation, **kwargs)
