"""The API door of the portfolio: its table, its file, what is done to many at once, its views."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from accounts.context_processors import Viewer
from accounts.permissions import belongs_to
from achievements.downloads import table_download
from achievements.exporting import FORMATS
from deals.filtersets import PortfolioFilterSet, PortfolioViewFilterSet
from deals.models import PortfolioView
from deals.permissions import may_delete_view
from deals.portfolio import COLUMNS, chosen_columns, file_name, portfolio_rows, table_of
from deals.querysets import PortfolioViewQuerySet
from deals.serializers import (
    BulkSerializer,
    PortfolioOutcomeSerializer,
    PortfolioRowSerializer,
    PortfolioViewSerializer,
)
from deals.services.portfolio import act_on_listings, delete_view, save_view

_COLUMNS = OpenApiParameter(
    "columns", OpenApiTypes.STR, many=True, enum=list(COLUMNS), description="The columns wanted."
)
_FORM = OpenApiParameter(
    "form", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(FORMATS), description="Kind of file."
)


class PortfolioViewSet(Door, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The listings of your organisations with what became of them."""

    serializer_class = PortfolioRowSerializer
    filterset_class = PortfolioFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """Those of the user's organisations, the last changed first."""
        return portfolio_rows(self.request.user).order_by("-updated_at", "-pk")

    @extend_schema(
        parameters=[_COLUMNS, _FORM],
        responses={(200, kind): OpenApiTypes.BINARY for kind in FORMATS.values()},
    )
    @action(
        detail=False,
        url_path="export/(?P<form>csv|xlsx)",
        pagination_class=None,
    )
    def export(self, request: Request, form: str) -> HttpResponse:
        """The table as a file, in the order and with the columns asked for."""
        columns = chosen_columns(request.query_params.getlist("columns"))
        rows = self.filter_queryset(self.get_queryset())
        return table_download(*table_of(rows, columns), form, name=file_name())

    @extend_schema(
        request=BulkSerializer, responses=PortfolioOutcomeSerializer(many=True), filters=False
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def act(self, request: Request) -> Response:
        """Do one thing to many listings; says of each whether it was done, or why not."""
        serializer = BulkSerializer(data=request.data, context={"rows": self.get_queryset()})
        serializer.is_valid(raise_exception=True)
        outcomes = act_on_listings(by=self.by, **serializer.validated_data)
        return Response(PortfolioOutcomeSerializer(outcomes, many=True).data)


@extend_schema_view(
    create=extend_schema(description="Keep a view under a name; your own of that name is replaced.")
)
class PortfolioViewViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Saved views of portfolios: your own and those shared in your organisations."""

    queryset = PortfolioView.objects.none()
    serializer_class = PortfolioViewSerializer
    filterset_class = PortfolioViewFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> PortfolioViewQuerySet:
        """Those the user may see."""
        rows = PortfolioView.objects.visible_to(self.request.user)
        return rows.select_related("organisation", "user")

    def perform_create(self, serializer: Any) -> None:
        """Save it for the organisation named, or the one the user acts for."""
        values = dict(serializer.validated_data)
        organisation = values.pop("organisation", None)
        if organisation is None:
            organisation = Viewer(self.request).active_organisation
        self.require(organisation is not None and belongs_to(self.request.user, organisation))
        serializer.instance = save_view(by=self.by, organisation=organisation, **values)

    def perform_destroy(self, instance: PortfolioView) -> None:
        """Remove it."""
        self.require(may_delete_view(self.request.user, instance))
        delete_view(instance, by=self.by)
