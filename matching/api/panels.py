"""Panels in the API: the page's rows, verbs and permission."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.filtersets import PanelFilterSet
from matching.models import Panel
from matching.permissions import may_make_panels
from matching.serializers.panels import LeaveOutSerializer, PanelSerializer
from matching.services.panels import (
    approve_panel,
    choose_anew,
    close_panel,
    leave_out,
    make_panel,
    panels_for,
)


@extend_schema_view(
    list=extend_schema(summary="Panels, the newest first (curators)"),
    retrieve=extend_schema(summary="One panel, with who was left out and why (curators)"),
)
class PanelViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Experts chosen for a demand, balanced by load and organisation, without conflicts."""

    queryset = Panel.objects.none()
    serializer_class = PanelSerializer
    filterset_class = PanelFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The rows of the page; 403 for others than curators."""
        self.require(may_make_panels(self.request.user))
        return panels_for(self.request.user).prefetch_related("places__expert")

    def _answer(self, panel: Panel, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=panel.pk)).data, status)

    @extend_schema(summary="Choose a panel; a draft (curators)")
    def create(self, request: Request) -> Response:
        """Deterministic: the same experts and panels give the same choice."""
        self.require(may_make_panels(self.by))
        given: Any = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self._answer(make_panel(by=self.by, **given.validated_data), 201)

    def _act(self, verb: Callable[..., Panel]) -> Response:
        return self._answer(verb(self.get_object(), by=self.by))

    @extend_schema(summary="Approve it; its experts are told", request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """409 when somebody on it is not free any more."""
        return self._act(approve_panel)

    @extend_schema(summary="Choose a draft anew", request=None)
    @action(detail=True, methods=["post"])
    def anew(self, request: Request, pk: str | None = None) -> Response:
        """Whom a curator left out stays left out."""
        return self._act(choose_anew)

    @extend_schema(summary="Close it; no work of its experts any more", request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Done, or not needed."""
        return self._act(close_panel)

    @extend_schema(summary="Leave an expert out; the next one follows", request=LeaveOutSerializer)
    @action(detail=True, methods=["post"], url_path="leave-out")
    def leave_out(self, request: Request, pk: str | None = None) -> Response:
        """With a reason."""
        panel = self.get_object()
        given = self.given(LeaveOutSerializer)
        place = get_object_or_404(panel.places.all(), expert=given["expert"])
        changed = leave_out(panel, expert=place.expert, by=self.by, note=given["note"])
        return self._answer(changed)
