"""Search in the API: the page's FilterSet on the page's rows."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from achievements.models import Listing
from achievements.permissions import Reader
from achievements.querysets import ListingQuerySet
from matching.facets import facets_of
from matching.filtersets import SearchFilterSet
from matching.serializers.search import FacetSerializer, SearchResultSerializer


@extend_schema_view(
    list=extend_schema(summary="Search achievements, demands and experts"),
    facets=extend_schema(
        summary="How many results each value of each filter would leave",
        responses={200: FacetSerializer(many=True)},
    ),
)
class SearchViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Search over all published listings the user may see, by words and by meaning."""

    queryset = Listing.objects.none()  # for the schema; rows come from get_queryset
    serializer_class = SearchResultSerializer
    filterset_class = SearchFilterSet
    permission_classes = [AllowAny]

    def get_queryset(self) -> ListingQuerySet:
        """The rows of the search page."""
        return Listing.objects.visible_to(self.request.user).published()

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters and order, with what a result shows."""
        rows: Any = super().filter_queryset(queryset)
        return rows.with_card_details()

    def get_serializer_context(self) -> dict[str, Any]:
        """Who reads, asked once for all rows."""
        return {**super().get_serializer_context(), "reader": Reader(self.request.user)}

    @action(detail=False, pagination_class=None)
    def facets(self, request: Request) -> Response:
        """The facets beside the same search."""
        search = SearchFilterSet(request.query_params, self.get_queryset(), request=request)
        if not search.is_valid():
            raise ValidationError(search.errors)
        return Response(FacetSerializer(facets_of(search), many=True).data)
