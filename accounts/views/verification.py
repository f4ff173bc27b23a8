"""Moderators' pages about organisations."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import ListView

from accounts.forms import UnverifyForm, VerifyForm
from accounts.models import Organisation
from accounts.permissions import may_verify_organisation, may_verify_organisations, signed_in
from accounts.querysets import OrganisationQuerySet
from accounts.services import (
    set_direct_publishing,
    unverify_organisation,
    verify_organisation,
)
from accounts.views.base import VerbView, safe_next


class OrganisationQueue(LoginRequiredMixin, UserPassesTestMixin, ListView):
    """Organisations that await verification, the longest waiting first."""

    template_name = "accounts/organisation_queue.html"
    context_object_name = "organisations"
    paginate_by = 20

    def test_func(self) -> bool:
        """Moderators only."""
        return may_verify_organisations(self.request.user)

    def get_queryset(self) -> OrganisationQuerySet:
        """Those that wait."""
        rows = Organisation.objects.awaiting_verification()
        return rows.select_related("region__parent").prefetch_related("members__user", "documents")


class OrganisationVerb(VerbView):
    """A moderator's decision on one organisation."""

    def get_organisation(self, slug: str) -> Organisation:
        """The organisation, for moderators who do not belong to it."""
        rows = Organisation.objects.visible_to(self.request.user)
        organisation = get_object_or_404(rows, slug=slug)
        if not may_verify_organisation(self.request.user, organisation):
            raise PermissionDenied
        return organisation

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where one was, or the organisation's page."""
        page = reverse("accounts:organisation_detail", args=[kwargs["slug"]])
        return safe_next(request, page)


class OrganisationVerify(OrganisationVerb):
    """Verify."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Mark it as verified."""
        organisation = self.get_organisation(**kwargs)
        form = VerifyForm(request.POST)
        form.full_clean()
        verify_organisation(organisation, by=signed_in(request.user), **form.cleaned_data)
        message = _("%(organisation)s is verified.") % {"organisation": organisation}
        return message, self.back(request, **kwargs)


class OrganisationUnverify(OrganisationVerb):
    """Take the verification away."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """End it, with a reason."""
        organisation = self.get_organisation(**kwargs)
        form = UnverifyForm(request.POST)
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        unverify_organisation(organisation, by=signed_in(request.user), **form.cleaned_data)
        message = _("%(organisation)s is no longer verified.") % {"organisation": organisation}
        return message, self.back(request, **kwargs)


class OrganisationDirectPublishing(OrganisationVerb):
    """Trust an organisation to publish without review, or no longer: POST ``allowed`` (1 or 0)."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Change it."""
        organisation = self.get_organisation(**kwargs)
        allowed = request.POST.get("allowed") == "1"
        set_direct_publishing(organisation, by=signed_in(request.user), allowed=allowed)
        return _("The changes are saved."), self.back(request, **kwargs)
