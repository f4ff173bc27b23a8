"""Achievements and demands, and what every kind of listing can do."""

from collections.abc import Callable
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
from achievements.api.one_pagers import Printable
from achievements.api.proposing import Proposing
from achievements.api.rating import Rating
from achievements.api.revealing import Revealing
from achievements.api.versions import Versioned
from achievements.filtersets import AchievementFilterSet, CatalogueFilterSet, DemandFilterSet
from achievements.models import Achievement, Demand, Listing
from achievements.permissions import (
    may_appeal,
    may_edit_listing,
    may_review_listing,
    may_verify_readiness,
)
from achievements.serializers import (
    AchievementSerializer,
    ApproveSerializer,
    DemandSerializer,
    HistorySerializer,
    ListingSummarySerializer,
    RejectSerializer,
)
from achievements.serializers.moderation import AppealMadeSerializer, AppealSerializer
from achievements.services import (
    appeal_take_down,
    approve_listing,
    close_listing,
    confirm_changes,
    confirm_still_valid,
    create_listing,
    discard_listing,
    history_of,
    record_reading,
    reject_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
    take_down_listing,
    update_listing,
    verify_readiness,
    withdraw_listing,
)
from achievements.services.content import parent_of

HISTORY_LENGTH = 100


class ListingDoor(
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
        rows = rows.with_details(self.request.user)
        return rows.order_by("-published_at", "-pk")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of them, whole. Who reads what is not for everyone is written down."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        record_reading(rows, by=self.by if request.user.is_authenticated else None)
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them. Who opens what is not for everyone is written down."""
        return _open(self)

    def _answer(self, listing: Listing, code: int = status.HTTP_200_OK) -> Response:
        """The listing as the user now sees it."""
        fresh = self.get_queryset().get(pk=listing.pk)
        return Response(self.get_serializer(fresh).data, status=code)

    def _editable(self) -> Any:
        listing = self.get_object()
        self.require(may_edit_listing(self.request.user, listing))
        return listing

    def _reviewable(self) -> Any:
        listing = self.get_object()
        self.require(may_review_listing(self.request.user, listing))
        return listing

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

    def _move(self, verb: Callable[..., Listing]) -> Response:
        listing = self._editable()
        verb(listing, by=self.by)
        return self._answer(listing)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Hand a draft to the reviewers; trusted organisations publish at once."""
        return self._move(submit_listing)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Take it out of every door at once."""
        return self._move(withdraw_listing)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """End it because it found its counterpart or is no longer needed."""
        return self._move(close_listing)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def renew(self, request: Request, pk: str | None = None) -> Response:
        """Publish it for another year from now."""
        return self._move(renew_listing)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """Make a withdrawn or closed one a draft again."""
        return self._move(reopen_listing)

    @extend_schema(request=ApproveSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Publish a submitted one (moderators; curators for experts)."""
        listing = self._reviewable()
        given = self.given(ApproveSerializer)
        approve_listing(listing, by=self.by, **given)
        return self._answer(listing)

    @extend_schema(request=RejectSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Send a submitted one back with a reason (moderators; curators for experts)."""
        listing = self._reviewable()
        given = self.given(RejectSerializer)
        reject_listing(listing, by=self.by, **given)
        return self._answer(listing)

    @extend_schema(request=ApproveSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="confirm-changes",
        permission_classes=[IsAuthenticated],
    )
    def confirm_changes(self, request: Request, pk: str | None = None) -> Response:
        """What its owner changed after publication stays (moderators; curators for experts)."""
        listing = self._reviewable()
        given = self.given(ApproveSerializer)
        confirm_changes(listing, by=self.by, **given)
        return self._answer(listing)

    @extend_schema(request=RejectSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path="take-down",
        permission_classes=[IsAuthenticated],
    )
    def take_down(self, request: Request, pk: str | None = None) -> Response:
        """Make a published one a draft again, with a reason (moderators; curators for experts)."""
        listing = self._reviewable()
        given = self.given(RejectSerializer)
        take_down_listing(listing, by=self.by, **given)
        return self._answer(listing)

    @extend_schema(request=None)
    @action(
        detail=True,
        methods=["post"],
        url_path="still-valid",
        permission_classes=[IsAuthenticated],
    )
    def still_valid(self, request: Request, pk: str | None = None) -> Response:
        """It still holds as it stands: price and figures count as of today."""
        return self._move(confirm_still_valid)

    @extend_schema(request=AppealMadeSerializer, responses={201: AppealSerializer})
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def appeal(self, request: Request, pk: str | None = None) -> Response:
        """Object to the latest take-down, once; another reviewer decides."""
        listing = self.get_object()
        self.require(may_appeal(request.user, listing))
        given = self.given(AppealMadeSerializer)
        made = appeal_take_down(listing, by=self.by, **given)
        return Response(AppealSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=HistorySerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def history(self, request: Request, pk: str | None = None) -> Response:
        """What happened to it, the latest first (its organisation's editors and reviewers)."""
        listing = self.get_object()
        user = request.user
        self.require(may_edit_listing(user, listing) or may_review_listing(user, listing))
        shown = history_of(parent_of(listing)).reverse()[:HISTORY_LENGTH]
        context = {**self.get_serializer_context(), "kind": listing.kind}
        return Response(HistorySerializer(shown, many=True, context=context).data)


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


class DemandViewSet(Proposing, Revealing, ListingDoor):
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

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them, in brief. Who opens what is not for everyone is written down."""
        return _open(self)


def _open(door: GenericViewSet) -> Response:
    """The listing that the address names, read by who asks."""
    listing, user = door.get_object(), door.request.user
    record_reading([listing], by=user if user.is_authenticated else None)
    return Response(door.get_serializer(listing).data)
