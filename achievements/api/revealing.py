"""Who may read a sealed demand: the part of the demands' API that lists and ends it."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from achievements.models import Demand
from achievements.permissions import may_edit_listing
from achievements.serializers.moderation import RevealSerializer
from achievements.services.revealing import end_reveal, read_days


class Revealing:
    """To be mixed into the door of demands."""

    get_object: Any
    get_serializer_context: Any
    request: Any
    by: Any

    def _own(self) -> Demand:
        demand: Demand = self.get_object()
        if not may_edit_listing(self.request.user, demand):
            raise Http404
        return demand

    @extend_schema(
        summary="To whom a sealed demand was shown, by whom, until when",
        responses=RevealSerializer(many=True),
    )
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def reveals(self, request: Request, pk: str | None = None) -> Response:
        """For its owners; with how often it was opened."""
        rows = list(self._own().reveals.select_related("organisation", "person"))
        context = {**self.get_serializer_context(), "read": read_days(rows)}
        return Response(RevealSerializer(rows, many=True, context=context).data)

    @extend_schema(summary="End one side's access", request=None, responses=RevealSerializer)
    @action(
        detail=True,
        methods=["post"],
        url_path=r"reveals/(?P<reveal>\d{1,18})/end",
        permission_classes=[IsAuthenticated],
    )
    def end_reveal(self, request: Request, pk: str | None = None, reveal: str = "") -> Response:
        """They find the demand nowhere from now on; what they have read stays recorded."""
        row = get_object_or_404(self._own().reveals.all(), pk=int(reveal))
        ended = end_reveal(row, by=self.by)
        context = {**self.get_serializer_context(), "read": read_days([ended])}
        return Response(RevealSerializer(ended, context=context).data)
