"""The statistics and the dashboard in the API: the figures of the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.permissions import may_see_quality
from matching.serializers.market import MarketSerializer
from matching.services.market import market_figures


class StatisticsViewSet(Door, viewsets.GenericViewSet):
    """Supply against demand by field and region, unmet demands, answers and their time."""

    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends: Any = []
    serializer_class = MarketSerializer

    @extend_schema(
        summary="Supply against demand, without small numbers",
        responses={200: MarketSerializer(many=False)},
    )
    @action(detail=False, methods=["get"])
    def summary(self, request: Request) -> Response:
        """For everyone, of what everyone may see."""
        return Response(MarketSerializer(market_figures(public=True)).data)

    @extend_schema(
        summary="Supply against demand, all counts",
        responses={200: MarketSerializer(many=False)},
    )
    @action(detail=False, methods=["get"])
    def dashboard(self, request: Request) -> Response:
        """For administrators, of all that is live."""
        self.require(may_see_quality(request.user))
        return Response(MarketSerializer(market_figures(public=False)).data)
