"""How the site runs, in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.permissions import may_see_operation
from matching.serializers.operation import OperationSerializer
from matching.services.operation import operation


class StatusViewSet(Door, viewsets.GenericViewSet):
    """What is still to be done, and for how long it has been waiting: as the status page has it."""

    pagination_class = None
    filter_backends: Any = []
    serializer_class = OperationSerializer

    @extend_schema(summary="How the site runs", responses={200: OperationSerializer(many=False)})
    @action(detail=False, methods=["get"])
    def summary(self, request: Request) -> Response:
        """For administrators."""
        self.require(may_see_operation(request.user))
        return Response(OperationSerializer(operation()).data)
