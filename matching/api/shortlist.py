"""Shortlists and comparisons in the API: the pages' rows, verbs and permissions."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from accounts.context_processors import Viewer
from accounts.models import Organisation
from accounts.permissions import may_post_for
from achievements.models import Listing
from achievements.permissions import Reader
from achievements.services import record_reading
from matching.comparison import FEWEST, MOST, compare, listings_for, wanted_ids
from matching.filtersets import ShortlistFilterSet
from matching.models import ShortlistEntry
from matching.querysets import ShortlistQuerySet
from matching.serializers.shortlist import (
    ShortlistAddSerializer,
    ShortlistEntrySerializer,
    ShortlistNoteSerializer,
    SideBySideSerializer,
)
from matching.services.shortlist import (
    add_to_shortlist,
    note_on_shortlist,
    remove_from_shortlist,
)


@extend_schema_view(
    list=extend_schema(summary="The shortlists of your organisations"),
    retrieve=extend_schema(summary="One listing of a shortlist, with your note"),
    destroy=extend_schema(summary="Take a listing off the shortlist"),
)
class ShortlistViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """What the user's organisations keep in view; notes are for their own members only."""

    queryset = ShortlistEntry.objects.none()  # for the schema; rows come from get_queryset
    serializer_class = ShortlistEntrySerializer
    filterset_class = ShortlistFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> ShortlistQuerySet:
        """The rows of the page."""
        return ShortlistEntry.objects.visible_to(self.request.user).with_details()

    def _shown(self, pk: int) -> dict[str, Any]:
        entry = self.get_queryset().get(pk=pk)
        return dict(ShortlistEntrySerializer(entry, context=self.get_serializer_context()).data)

    @extend_schema(
        summary="Put a listing on the shortlist",
        request=ShortlistAddSerializer,
        responses={201: ShortlistEntrySerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One that is there stays as it is."""
        given = self.given(ShortlistAddSerializer)
        organisation = self._organisation(given.get("organisation", ""))
        self.require(may_post_for(self.by, organisation))
        listing = get_object_or_404(Listing.objects.visible_to(self.by), pk=given["listing"])
        entry = add_to_shortlist(
            listing=listing, organisation=organisation, by=self.by, note=given["note"]
        )
        return Response(self._shown(entry.pk), status=201)

    def _organisation(self, slug: str) -> Organisation:
        if slug:
            return get_object_or_404(Organisation.objects.of(self.by), slug=slug)
        found = Viewer(self.request).active_organisation
        if found is None:
            raise ValidationError({"organisation": [_("Choose the organisation.")]})
        return found

    @extend_schema(
        summary="Change your organisation's note",
        request=ShortlistNoteSerializer,
        responses={200: ShortlistEntrySerializer},
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The note is all that can change."""
        entry = self.get_object()
        self.require(may_post_for(self.by, entry.organisation))
        note_on_shortlist(entry, by=self.by, note=self.given(ShortlistNoteSerializer)["note"])
        return Response(self._shown(entry.pk))

    def perform_destroy(self, instance: ShortlistEntry) -> None:
        """Take it off."""
        self.require(may_post_for(self.by, instance.organisation))
        remove_from_shortlist(instance, by=self.by)


class ComparisonViewSet(Door, viewsets.GenericViewSet):
    """Two to four listings beside each other, as far as the reader may see them."""

    queryset = Listing.objects.none()  # for the schema
    serializer_class = SideBySideSerializer
    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        summary="Compare two to four listings",
        parameters=[
            OpenApiParameter(
                "ids",
                OpenApiTypes.STR,
                required=True,
                description="Numbers of the listings, with commas between them.",
            )
        ],
        responses={200: SideBySideSerializer},
    )
    def list(self, request: Request) -> Response:
        """400 for fewer than two or more than four numbers; 404 where fewer than two are open."""
        ids = wanted_ids(request.query_params.getlist("ids"))
        if not FEWEST <= len(ids) <= MOST:
            raise ValidationError({"ids": [_("Name two to four listings.")]})
        listings = listings_for(request.user, ids)
        if len(listings) < FEWEST:
            self.permission_denied_as_missing()
        record_reading(listings, by=self.by if request.user.is_authenticated else None)
        return Response(SideBySideSerializer(compare(listings, Reader(request.user))).data)

    def permission_denied_as_missing(self) -> None:
        """What one may not see is not there."""
        get_object_or_404(Listing.objects.none())
