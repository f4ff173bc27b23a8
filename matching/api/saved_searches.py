"""Saved searches in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.filtersets import SavedSearchFilterSet
from matching.models import SavedSearch
from matching.querysets import SavedSearchQuerySet
from matching.serializers.search import DigestPreviewSerializer, SavedSearchSerializer
from matching.services.saved_searches import (
    create_saved_search,
    delete_saved_search,
    next_digest,
    update_saved_search,
)

MOST_PREVIEWED = 100  # listings that a preview names


@extend_schema_view(
    list=extend_schema(summary="Your saved searches"),
    retrieve=extend_schema(summary="One of your saved searches"),
    create=extend_schema(summary="Save a search: new results are told in the chosen rhythm"),
    partial_update=extend_schema(summary="Change name, query or rhythm of a saved search"),
    destroy=extend_schema(summary="Delete a saved search"),
)
class SavedSearchViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """The user's own saved searches."""

    queryset = SavedSearch.objects.none()  # for the schema; rows come from get_queryset
    serializer_class = SavedSearchSerializer
    filterset_class = SavedSearchFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> SavedSearchQuerySet:
        """The own ones."""
        return SavedSearch.objects.of(self.request.user).with_hit_count()

    def perform_create(self, serializer: Any) -> None:
        """Keep it."""
        serializer.instance = create_saved_search(by=self.by, **serializer.validated_data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is given."""
        saved = self.get_object()
        given = self.get_serializer(saved, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        update_saved_search(saved, by=self.by, **given.validated_data)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="What the next digest of a saved search would tell of",
        responses={200: DigestPreviewSerializer},
    )
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def preview(self, request: Request, pk: str | None = None) -> Response:
        """The newest hundred at most; nothing is told or noted by looking."""
        saved = self.get_object()
        due_at, rows = next_digest(saved)
        listings = list(rows.with_card_details()[:MOST_PREVIEWED])
        shown = {"due_at": due_at, "count": rows.count(), "listings": listings}
        context = self.get_serializer_context()
        return Response(DigestPreviewSerializer(shown, context=context).data)

    def perform_destroy(self, instance: SavedSearch) -> None:
        """Forget it."""
        delete_saved_search(instance, by=self.by)
