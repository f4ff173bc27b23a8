"""Achievements and demands, and what every kind of listing can do."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.context_processors import Viewer
from accounts.models import Organisation
from accounts.permissions import may_post_for
from accounts.visitors import same_for_visitors
from achievements.api.moving import Moving
from achievements.api.one_pagers import Printable
from achievements.api.proposing import Proposing, ProposingTerms
from achievements.api.rating import Rating
from achievements.api.revealing import Revealing
from achievements.api.versions import Versioned
from achievements.filtersets import AchievementFilterSet, CatalogueFilterSet, DemandFilterSet
from achievements.models import Achievement, Demand, Listing
from achievements.parts import read_parts
from achievements.permissions import (
    may_edit_listing,
    may_verify_readiness,
)
from achievements.serializers import (
    AchievementSerializer,
    DemandSerializer,
    ListingSummarySerializer,
)
from achievements.services import (
    create_listing,
    discard_listing,
    record_reading,
    update_listing,
    verify_readiness,
)

HISTORY_LENGTH = 100


class ListingDoor(
    Moving,
    Rating,
    Versioned,
    Printable,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,
):
    """Rows, verbs and permissions that all kinds share; the same as those of the pages."""

    model: type[Listing]

    def get_queryset(self) -> Any:
        """What the user may see, the newest first."""
        rows: Any = self.model._default_manager.visible_to(self.request.user)
        if self.action == "retrieve":
            return rows.with_card_details().prefetch_related(None)
        rows = rows.with_details(self.request.user)
        return rows.order_by("-published_at", "-pk")

    def get_object(self) -> Any:
        """One row; to be shown, with its parts."""
        listing = super().get_object()
        if self.action == "retrieve":
            read_parts(listing, self.request.user)
        return listing

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of them, whole. Who reads what is not for everyone is written down."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        record_reading(rows, by=self.by if request.user.is_authenticated else None)
        answer = self.get_paginated_response(self.get_serializer(rows, many=True).data)
        return same_for_visitors(request, answer)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them. Who opens what is not for everyone is written down."""
        return _open(self)

    def poster(self, serializer: BaseSerializer) -> Organisation | None:
        """For which organisation a new listing is posted; refuses where the user may not."""
        organisation = serializer.validated_data.get("organisation")
        if organisation is None:
            organisation = Viewer(self.request).active_organisation
        if organisation is not None:
            self.require(may_post_for(self.request.user, organisation))
        return organisation

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write a new draft."""
        self.require(request.user.is_authenticated)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self._answer(self.write_new(serializer), status.HTTP_201_CREATED)

    def write_new(self, serializer: Any) -> Listing:
        """Call the service."""
        values, rows, _seen = serializer.split()
        return create_listing(
            self.model,
            by=self.by,
            organisation=self.poster(serializer),
            values=values,
            rows=rows,
        )

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a listing. 409 when ``seen`` is given and the content has changed since."""
        listing = self._editable()
        partial = kwargs.pop("partial", False)
        serializer: Any = self.get_serializer(listing, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        if "organisation" in given and given["organisation"] != listing.organisation:
            message = _("The organisation of a listing cannot be changed.")
            raise ValidationError({"organisation": [message]})
        values, rows, seen = serializer.split()
        update_listing(listing, by=self.by, values=values, rows=rows, seen=seen)
        return self._answer(listing)

    def perform_destroy(self, instance: Listing) -> None:
        """Delete a draft that was never published. 409 for anything else: withdraw it."""
        self.require(may_edit_listing(self.request.user, instance))
        discard_listing(instance, by=self.by)


class AchievementViewSet(Proposing, ListingDoor):
    """Achievements: results and ongoing projects that can be transferred."""

    model = Achievement
    queryset = Achievement.objects.none()
    serializer_class = AchievementSerializer
    filterset_class = AchievementFilterSet

    @extend_schema(request=None)
    @action(
        detail=True,
        methods=["post"],
        url_path="verify-readiness",
        permission_classes=[IsAuthenticated],
    )
    def verify_readiness(self, request: Request, pk: str | None = None) -> Response:
        """Confirm that the evidence bears the readiness claimed (moderators)."""
        achievement = self.get_object()
        self.require(may_verify_readiness(request.user, achievement))
        verify_readiness(achievement, by=self.by)
        return self._answer(achievement)


class DemandViewSet(ProposingTerms, Revealing, ListingDoor):
    """Demands: what enterprises need."""

    model = Demand
    queryset = Demand.objects.none()
    serializer_class = DemandSerializer
    filterset_class = DemandFilterSet


class ListingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """Listings of all kinds together, in brief. ``mine=true`` leaves those of your
    organisations; reviewers find what waits for them with ``waiting=true``."""

    queryset = Listing.objects.none()
    serializer_class = ListingSummarySerializer
    filterset_class = CatalogueFilterSet

    def get_queryset(self) -> Any:
        """What the user may see, the newest first."""
        rows = Listing.objects.visible_to(self.request.user).with_card_details()
        return rows.order_by("-published_at", "-pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Listings of all kinds together, in brief. ``mine=true`` leaves those of your
        organisations; reviewers find what waits for them with ``waiting=true``."""
        return same_for_visitors(request, super().list(request, *args, **kwargs))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them, in brief. Who opens what is not for everyone is written down."""
        return _open(self)


def _open(door: GenericViewSet) -> Response:
    """The listing that the address names, read by who asks."""
    listing, user = door.get_object(), door.request.user
    record_reading([listing], by=user if user.is_authenticated else None)
    return same_for_visitors(door.request, Response(door.get_serializer(listing).data))
