"""Documents of an organisation: added and removed by its owners, opened by moderators as well."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.downloads import added_words, download
from accounts.forms import DocumentForm, UnverifyForm
from accounts.models import Organisation, OrganisationDocument
from accounts.permissions import may_manage_organisation, may_open_documents, signed_in
from accounts.services.documents import (
    add_document,
    decline_verification,
    record_document_opening,
    remove_document,
)
from accounts.views.base import VerbView
from accounts.views.verification import OrganisationVerb


def _document(request: HttpRequest, pk: int) -> OrganisationDocument:
    document = get_object_or_404(OrganisationDocument.objects.select_related("organisation"), pk=pk)
    if not may_open_documents(request.user, document.organisation):
        raise Http404
    return document


@login_required
@require_safe
def document_download(request: HttpRequest, pk: int) -> FileResponse:
    """The file, always as a download; who opens it is written down."""
    document = _document(request, pk)
    response = download(document.file, name=document.name, content_type=document.content_type)
    record_document_opening(document, by=signed_in(request.user))
    return response


class _OwnerVerb(VerbView):
    """Back to the organisation's page."""

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """Its documents."""
        return reverse("accounts:organisation_detail", args=[kwargs["slug"]]) + "#documents"

    def managed(self, request: HttpRequest, slug: str) -> Organisation:
        """The organisation, for its owners."""
        rows = Organisation.objects.visible_to(request.user)
        organisation = get_object_or_404(rows, slug=slug)
        if not may_manage_organisation(request.user, organisation):
            raise Http404
        return organisation


class DocumentAdd(_OwnerVerb):
    """Upload one."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Keep it."""
        organisation = self.managed(request, kwargs["slug"])
        form = DocumentForm(request.POST, request.FILES)
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        document = add_document(organisation, by=signed_in(request.user), **form.cleaned_data)
        return added_words(held=document.is_held), self.back(request, **kwargs)


class DocumentRemove(_OwnerVerb):
    """Remove one."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Delete it."""
        organisation = self.managed(request, kwargs["slug"])
        document = get_object_or_404(organisation.documents.all(), pk=kwargs["pk"])
        remove_document(document, by=signed_in(request.user))
        return _("The document has been removed."), self.back(request, **kwargs)


class OrganisationDecline(OrganisationVerb):
    """Say that it is not enough."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """With a reason."""
        organisation = self.get_organisation(**kwargs)
        form = UnverifyForm(request.POST)
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        decline_verification(organisation, by=signed_in(request.user), **form.cleaned_data)
        message = _("%(organisation)s has been told what is missing.") % {
            "organisation": organisation
        }
        return message, self.back(request, **kwargs)
