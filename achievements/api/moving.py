"""The lifecycle of a listing through the API: every verb that moves it, and its history."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from achievements.models import Listing
from achievements.permissions import (
    may_appeal,
    may_edit_listing,
    may_review_listing,
)
from achievements.serializers import (
    ApproveSerializer,
    HistorySerializer,
    RejectSerializer,
)
from achievements.serializers.moderation import AppealMadeSerializer, AppealSerializer
from achievements.services import (
    appeal_take_down,
    approve_listing,
    close_listing,
    confirm_changes,
    confirm_still_valid,
    history_of,
    reject_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
    take_down_listing,
    withdraw_listing,
)
from achievements.services.content import parent_of

HISTORY_LENGTH = 100


class Moving(Door):
    """Verbs that all kinds share; who may is asked by the predicates of the pages."""

    if TYPE_CHECKING:

        def get_object(self) -> Any:
            """The listing that the address names."""

        def get_queryset(self) -> Any:
            """What the user may see."""

        def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
            """The kind's own shape."""

        def get_serializer_context(self) -> dict[str, Any]:
            """What serializers know of the request."""

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
