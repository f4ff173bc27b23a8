"""Files of listings."""

from typing import Any

import django_filters
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from accounts.downloads import download
from achievements.files import CONTENT_TYPES
from achievements.models import Attachment
from achievements.permissions import may_edit_listing, may_see_organisation
from achievements.serializers import (
    AttachmentChangeSerializer,
    AttachmentSerializer,
    AttachmentUploadSerializer,
)
from achievements.services import (
    add_attachment,
    change_attachment,
    record_opening,
    remove_attachment,
)
from achievements.services.attachments import shown_name


class AttachmentFilterSet(django_filters.FilterSet):
    """Files of one listing, images or not, of one layer."""

    class Meta:
        model = Attachment
        fields = ["listing", "layer", "is_image"]


class AttachmentViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,
):
    """Images and files, as far as you may open them; ``download_url`` gives the content."""

    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    filterset_class = AttachmentFilterSet

    def get_queryset(self) -> Any:
        """What the user may open."""
        rows = Attachment.objects.visible_to(self.request.user)
        return rows.select_related("listing__organisation").order_by("listing", "pk")

    def get_parsers(self) -> Any:
        """Files come as multipart."""
        return [MultiPartParser()] if self.request_method() == "POST" else super().get_parsers()

    def request_method(self) -> str:
        """The method, also while the schema is written and there is no request."""
        return str(getattr(getattr(self, "request", None), "method", "") or "")

    @extend_schema(request=AttachmentUploadSerializer, responses={201: AttachmentSerializer})
    def create(self, request: Request) -> Response:
        """Add a file to a listing (its editors)."""
        self.require(request.user.is_authenticated)
        given = AttachmentUploadSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        listing = values.pop("listing")
        self.require(may_edit_listing(request.user, listing))
        attachment = add_attachment(listing, by=self.by, **values)
        return Response(self.get_serializer(attachment).data, status=201)

    @extend_schema(request=AttachmentChangeSerializer, responses=AttachmentSerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Open a file to others, or close it; give it a title (editors)."""
        attachment = self.get_object()
        self.require(may_edit_listing(request.user, attachment.listing))
        given = AttachmentChangeSerializer(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        values = {"layer": attachment.layer, "title": attachment.title, **given.validated_data}
        return Response(
            self.get_serializer(change_attachment(attachment, by=self.by, **values)).data
        )

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in CONTENT_TYPES})
    @action(detail=True, filterset_class=None, pagination_class=None)
    def download(self, request: Request, pk: str | None = None) -> FileResponse:
        """The file itself, under a name that tells no more than you may know. Openings of what is
        not public are written down."""
        attachment = self.get_object()
        named = may_see_organisation(request.user, attachment.listing)
        name = shown_name(attachment, named=named)
        response = download(attachment.file, name=name, content_type=attachment.content_type)
        record_opening(attachment, by=request.user if request.user.is_authenticated else None)
        return response

    def perform_destroy(self, instance: Attachment) -> None:
        """Remove it (editors)."""
        self.require(may_edit_listing(self.request.user, instance.listing))
        remove_attachment(instance, by=self.by)
