"""Oneself, one's tokens and notifications; regions; the audit trail."""

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from accounts.api.base import Door
from accounts.filtersets import AuditEventFilterSet, NotificationFilterSet, RegionFilterSet
from accounts.models import ApiToken, AuditEvent, Notification, Region, User
from accounts.querysets import ApiTokenQuerySet, AuditEventQuerySet, NotificationQuerySet
from accounts.serializers import (
    ApiTokenSerializer,
    AuditEventSerializer,
    CountSerializer,
    CreatedTokenSerializer,
    NewTokenSerializer,
    NotificationSerializer,
    PreferencesSerializer,
    RegionSerializer,
)
from accounts.services import (
    create_token,
    mark_all_read,
    mark_read,
    revoke_token,
    update_preferences,
)


class UserViewSet(Door, GenericViewSet):
    """Oneself."""

    queryset = User.objects.none()
    serializer_class = PreferencesSerializer
    permission_classes = [IsAuthenticated]
    pagination_class = None
    filter_backends = []

    @extend_schema(methods=["GET"], operation_id="users_me_retrieve")
    @extend_schema(methods=["PATCH"], operation_id="users_me_partial_update")
    @action(detail=False, methods=["get", "patch"])
    def me(self, request: Request) -> Response:
        """Who one is, and one's preferences; PATCH changes preferences."""
        if request.method == "PATCH":
            serializer = PreferencesSerializer(self.by, data=request.data, partial=True)
            serializer.is_valid(raise_exception=True)
            update_preferences(by=self.by, **serializer.validated_data)
        return Response(PreferencesSerializer(self.by).data)


class TokenViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet,
):
    """One's usable tokens. Made in the browser's session only: a token cannot make another."""

    queryset = ApiToken.objects.none()
    serializer_class = ApiTokenSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> ApiTokenQuerySet:
        """One's own that still hold."""
        return ApiToken.objects.usable().filter(user=self.by).order_by("-created_at", "-pk")

    @extend_schema(request=NewTokenSerializer, responses={201: CreatedTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; the answer shows its secret once. Needs a recent sign-in, not a token."""
        if request.auth is not None or not did_recently_reauthenticate(request._request):
            raise PermissionDenied(
                _("Sign in again in the browser to make a token."), "reauthentication"
            )
        given = self.given(NewTokenSerializer)
        token, secret = create_token(by=self.by, **given)
        token.secret = secret  # type: ignore[attr-defined]
        answer = Response(CreatedTokenSerializer(token).data, status=status.HTTP_201_CREATED)
        answer["Cache-Control"] = "no-store"
        return answer

    def perform_destroy(self, instance: ApiToken) -> None:
        """Revoke it."""
        revoke_token(instance, by=self.by)


class NotificationViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet):
    """What one has been told, newest first."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> NotificationQuerySet:
        """One's own."""
        return Notification.objects.for_user(self.request.user)

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Note that it is read."""
        notification = mark_read(self.get_object(), by=self.by)
        return Response(NotificationSerializer(notification).data)

    @extend_schema(request=None, responses=CountSerializer, filters=False)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Note that all are read; answers how many were unread."""
        return Response({"count": mark_all_read(by=self.by)})

    @extend_schema(responses=CountSerializer, filters=False)
    @action(detail=False, url_path="unread-count", pagination_class=None)
    def unread_count(self, request: Request) -> Response:
        """How many are unread."""
        return Response({"count": self.get_queryset().unread().count()})


class RegionViewSet(ReadOnlyModelViewSet):
    """Countries (ISO 3166-1) and their first-level regions (ISO 3166-2)."""

    queryset = Region.objects.select_related("parent").order_by("code")
    serializer_class = RegionSerializer
    filterset_class = RegionFilterSet
    permission_classes = [AllowAny]
    lookup_field = "code"


class AuditEventViewSet(Door, ReadOnlyModelViewSet):
    """What was done: everything for administrators, of their organisations for owners."""

    queryset = AuditEvent.objects.none()
    serializer_class = AuditEventSerializer
    filterset_class = AuditEventFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> AuditEventQuerySet:
        """What one may see, newest first."""
        return AuditEvent.objects.visible_to(self.request.user).with_names()
