"""Versions of the scoring weights in the API, for curators."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.models import ScoringWeights
from matching.permissions import may_set_weights
from matching.serializers.weights import (
    ComparisonSerializer,
    NewWeightsSerializer,
    WeightsSerializer,
)
from matching.services.comparing import compare_versions
from matching.services.weights import activate_version, active_weights, add_version


@extend_schema_view(
    list=extend_schema(summary="All versions of the scoring weights, the newest first"),
    retrieve=extend_schema(summary="One version of the scoring weights"),
)
class WeightsViewSet(
    Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Versions of the scoring weights; for curators."""

    queryset = ScoringWeights.objects.order_by("-version")
    serializer_class = WeightsSerializer
    permission_classes = [IsAuthenticated]
    lookup_field = "version"
    lookup_value_regex = r"\d{1,9}"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Curators only."""
        super().initial(request, *args, **kwargs)
        self.require(may_set_weights(request.user))

    @extend_schema(
        summary="Add a version, which is not taken into use",
        request=NewWeightsSerializer,
        responses={201: WeightsSerializer},
    )
    def create(self, request: Request) -> Response:
        """Of the same shape as those in use."""
        values = self.given(NewWeightsSerializer)
        version = add_version(weights=values["weights"], note=values["note"], by=self.by)
        return Response(WeightsSerializer(version).data, status=201)

    @extend_schema(
        summary="What a version would change, beside the one in use",
        responses={200: ComparisonSerializer},
    )
    @action(detail=True, methods=["get"], serializer_class=ComparisonSerializer)
    def comparison(self, request: Request, version: str = "") -> Response:
        """Of the stored matches; changes nothing."""
        found = compare_versions(active_weights(), self.get_object())
        return Response(ComparisonSerializer(found).data)

    @extend_schema(
        summary="Take a version into use; everything is matched anew in the background",
        request=None,
        responses={200: WeightsSerializer},
    )
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, version: str = "") -> Response:
        """Until a listing's turn comes, its matches stay as they are."""
        chosen = activate_version(version=self.get_object(), by=self.by)
        return Response(WeightsSerializer(chosen).data)
