"""Match quality in the API: the figures of the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.permissions import may_see_quality
from matching.quality.measured import read_measured
from matching.serializers.quality import (
    ExposureSerializer,
    QualityDetailsSerializer,
    QualitySerializer,
)
from matching.services.exposure_report import exposure_report
from matching.services.live_figures import live_figures


class QualityViewSet(Door, viewsets.GenericViewSet):
    """How good matching is: on judged sets, and by what people answered on this site.

    Aggregates only, without small numbers.
    """

    permission_classes = [AllowAny]
    pagination_class = None
    filter_backends: Any = []
    serializer_class = QualitySerializer

    @extend_schema(summary="How good matching is", responses={200: QualitySerializer(many=False)})
    @action(detail=False, methods=["get"], url_path="summary")
    def summary(self, request: Request) -> Response:
        """For everyone."""
        data = {"judged": read_measured(), "live": live_figures(details=False)}
        return Response(QualitySerializer(data).data)

    @extend_schema(
        summary="How good matching is, by field and by score",
        responses={200: QualityDetailsSerializer(many=False)},
    )
    @action(detail=False, methods=["get"], serializer_class=QualityDetailsSerializer)
    def details(self, request: Request) -> Response:
        """For administrators."""
        self.require(may_see_quality(request.user))
        data = {"judged": read_measured(), "live": live_figures(details=True)}
        return Response(QualityDetailsSerializer(data).data)

    @extend_schema(
        summary="How often listings are shown, and how that is spread",
        responses={200: ExposureSerializer(many=False)},
    )
    @action(detail=False, methods=["get"], serializer_class=ExposureSerializer)
    def exposure(self, request: Request) -> Response:
        """For administrators."""
        self.require(may_see_quality(request.user))
        return Response(ExposureSerializer(exposure_report()).data)
