"""Pages about organisations."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import CreateView, DetailView, UpdateView
from django_filters.views import FilterView

from accounts.choices import Choice
from accounts.downloads import SANDBOX
from accounts.filtersets import OrganisationFilterSet
from accounts.forms import DocumentForm, OrganisationForm
from accounts.models import Organisation
from accounts.permissions import (
    belongs_to,
    may_manage_organisation,
    may_open_documents,
    may_verify_organisation,
    signed_in,
)
from accounts.querysets import OrganisationQuerySet
from accounts.services import create_organisation, switch_organisation, update_organisation
from accounts.views.base import ServiceFormMixin, VerbView, safe_next
from accounts.visitors import SameForVisitors


class OrganisationList(SameForVisitors, FilterView):
    """Organisations this visitor may see."""

    filterset_class = OrganisationFilterSet
    template_name = "accounts/organisation_list.html"
    paginate_by = 20
    strict = False

    def get_queryset(self) -> OrganisationQuerySet:
        """By name, each with its region."""
        rows = Organisation.objects.visible_to(self.request.user)
        return rows.select_related("region__parent").by_name()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The kinds with the number of results that each would give."""
        context = super().get_context_data(**kwargs)
        chosen = self.request.GET.getlist("kind")
        others = self.request.GET.copy()
        others.pop("kind", None)
        rows = self.filterset_class(others, self.get_queryset(), request=self.request).qs
        counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
        context["kinds"] = [
            Choice(value, label, counts.get(value, 0), value in chosen)
            for value, label in Organisation.Kind.choices
        ]
        context["kinds_chosen"] = len(chosen)
        return context


class OrganisationDetail(SameForVisitors, DetailView):
    """The public page of an organisation."""

    template_name = "accounts/organisation_detail.html"
    context_object_name = "organisation"

    def get_queryset(self) -> OrganisationQuerySet:
        """What this visitor may see; anything else is a 404."""
        rows = Organisation.objects.visible_to(self.request.user)
        return rows.select_related("region__parent")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What this visitor may do here."""
        user, organisation = self.request.user, self.object
        may_manage = may_manage_organisation(user, organisation)
        if may_open_documents(user, organisation):
            kwargs["documents"] = organisation.documents.all()
            kwargs["shows_documents"] = True
        if may_manage:
            kwargs["document_form"] = DocumentForm()
        return super().get_context_data(
            is_member=belongs_to(user, organisation),
            may_manage=may_manage,
            may_verify=may_verify_organisation(user, organisation),
            **kwargs,
        )


class OrganisationCreate(ServiceFormMixin, CreateView):
    """Register an organisation."""

    form_class = OrganisationForm
    template_name = "accounts/organisation_form.html"
    success_message = gettext_lazy(
        "The organisation is registered. A moderator will verify it; you can prepare listings now."
    )

    def call_service(self, form: OrganisationForm) -> Organisation:  # type: ignore[override]
        """Register it with the visitor as its first owner."""
        return create_organisation(by=signed_in(self.request.user), **form.service_fields())

    def get_success_url(self) -> str:
        """Its page."""
        return reverse("accounts:organisation_detail", args=[self.object.slug])


class OrganisationUpdate(ServiceFormMixin, UpdateView):
    """Edit an organisation one owns."""

    form_class = OrganisationForm
    template_name = "accounts/organisation_form.html"
    success_message = gettext_lazy("The changes are saved.")

    def get_object(self, queryset: Any = None) -> Organisation:
        """The organisation, for its owners."""
        rows = Organisation.objects.visible_to(self.request.user)
        organisation = get_object_or_404(rows, slug=self.kwargs["slug"])
        if not may_manage_organisation(self.request.user, organisation):
            raise PermissionDenied
        return organisation

    def call_service(self, form: OrganisationForm) -> Organisation:  # type: ignore[override]
        """Save the changes."""
        return update_organisation(
            form.instance, by=signed_in(self.request.user), **form.service_fields()
        )

    def get_success_url(self) -> str:
        """Its page."""
        return reverse("accounts:organisation_detail", args=[self.object.slug])


def organisation_logo(request: HttpRequest, slug: str) -> FileResponse:
    """The logo, for whoever may see the organisation. It was written by us and is a PNG.

    Pages show it; opened by itself it is saved, as every file that somebody uploaded.
    """
    rows = Organisation.objects.visible_to(request.user).exclude(logo="")
    organisation = get_object_or_404(rows, slug=slug)
    try:
        file = organisation.logo.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = f"{organisation.slug}.png"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="image/png")
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = SANDBOX
    return response


class OrganisationSwitch(VerbView):
    """Act for another of one's organisations: POST ``organisation`` (number; empty for none)."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Change it and return to where one was."""
        wanted = request.POST.get("organisation", "")
        organisation = None
        if wanted:
            if not wanted.isdecimal():
                raise Http404
            mine = Organisation.objects.of(request.user)
            organisation = get_object_or_404(mine, pk=int(wanted[:18]))
        switch_organisation(by=signed_in(request.user), organisation=organisation)
        message = (
            _("You now act for %(organisation)s.") % {"organisation": organisation}
            if organisation
            else _("You now act for no organisation.")
        )
        return message, safe_next(request, "/")

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """Where one was."""
        return safe_next(request, "/")
