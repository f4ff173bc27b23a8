"""Listings that are nearly the same in the API: the page's rows, filters, verb and permission."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.filtersets import DuplicateFilterSet
from matching.models import DuplicatePair
from matching.permissions import may_see_duplicates
from matching.serializers.duplicates import DuplicatePairSerializer
from matching.services.duplicates import mark_different


@extend_schema_view(list=extend_schema(summary="Possible duplicates, the most alike first"))
class DuplicateViewSet(Door, mixins.ListModelMixin, viewsets.GenericViewSet):
    """For curators and moderators: pairs of listings that nobody has decided on."""

    queryset = DuplicatePair.objects.none()
    serializer_class = DuplicatePairSerializer
    filterset_class = DuplicateFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The rows of the page; 403 for others."""
        self.require(may_see_duplicates(self.request.user))
        return DuplicatePair.objects.visible_to(self.request.user).waiting().with_details()

    @extend_schema(summary="They are not the same", request=None, responses=DuplicatePairSerializer)
    @action(detail=True, methods=["post"])
    def different(self, request: Request, pk: str | None = None) -> Response:
        """They are not shown together again."""
        pair = mark_different(pair=self.get_object(), by=self.by)
        return Response(self.get_serializer(pair).data)
