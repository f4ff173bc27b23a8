"""Search in the API: the page's FilterSet on the page's rows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.visitors import same_for_visitors
from achievements.models import Listing
from achievements.permissions import Reader
from achievements.querysets import ListingQuerySet
from matching.filtersets import SearchFilterSet
from matching.results.facets import facets_of
from matching.results.interpretation import as_data
from matching.results.pages import Results
from matching.results.relaxing import FEW, nearest, relaxed
from matching.results.similar import similar_listings
from matching.results.snippets import Snippet, snippets_for
from matching.results.spelling import did_you_mean
from matching.results.suggestions import suggestions_for
from matching.serializers.search import (
    FacetSerializer,
    SearchResultSerializer,
    SuggestionSerializer,
)
from matching.vectors.similarity import same_statistics

_TEXT = {"type": "string"}
_UNDERSTOOD = {
    "type": "object",
    "description": "What was understood of `q`.",
    "required": ["words", "parts", "hints", "did_you_mean", "relaxed", "nearest"],
    "properties": {
        "words": {**_TEXT, "description": "What is looked for, by words and by meaning."},
        "parts": {
            "type": "array",
            "description": "Typed filters, phrases and exclusions in force.",
            "items": {
                "type": "object",
                "required": ["part", "parameter", "value", "excluded"],
                "properties": {
                    "part": {**_TEXT, "description": "As it was typed."},
                    "parameter": {
                        **_TEXT,
                        "nullable": True,
                        "description": "The filter it sets; null for a phrase or a word.",
                    },
                    "value": _TEXT,
                    "excluded": {"type": "boolean"},
                },
            },
        },
        "hints": {
            "type": "array",
            "description": "What was not understood, and what to write instead.",
            "items": {
                "type": "object",
                "required": ["part", "text"],
                "properties": {"part": _TEXT, "text": _TEXT},
            },
        },
        "did_you_mean": {
            **_TEXT,
            "nullable": True,
            "description": "`q` with its typing errors mended, where a word occurs nowhere.",
        },
        "relaxed": {
            "type": "array",
            "description": "With fewer than 3 results: what leaving out one part finds.",
            "items": {
                "type": "object",
                "required": ["dropped", "part", "query", "count"],
                "properties": {
                    "dropped": {
                        **_TEXT,
                        "enum": ["phrase", "excluded", "filter", "filters"],
                        "description": "Quotation marks, exclusions, one filter, all filters.",
                    },
                    "part": _TEXT,
                    "query": {**_TEXT, "description": "Query string without the part."},
                    "count": {"type": "integer"},
                },
            },
        },
        "nearest": {
            "type": "array",
            "description": "Without a result: listings nearest in meaning that fit the filters.",
            "items": {
                "type": "object",
                "required": ["id", "title", "url"],
                "properties": {"id": {"type": "integer"}, "title": _TEXT, "url": _TEXT},
            },
        },
    },
}


_Pages: Any = api_settings.DEFAULT_PAGINATION_CLASS


class SearchPages(_Pages):
    """Pages of results that also say, in ``query``, what was understood of the text."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The usual shape with ``query``."""
        found: dict[str, Any] = super().get_paginated_response_schema(schema)
        found["properties"]["query"] = _UNDERSTOOD
        return found


@extend_schema_view(
    list=extend_schema(summary="Search achievements, demands and experts"),
    facets=extend_schema(
        summary="How many results each value of each filter would leave",
        responses={200: FacetSerializer(many=True)},
    ),
    suggestions=extend_schema(
        summary="Titles, fields and organisations that begin like what was typed",
        parameters=[OpenApiParameter("q", str, description="At least two characters.")],
        responses={200: SuggestionSerializer(many=True)},
    ),
    similar=extend_schema(
        summary="At most four listings of the same kind that are nearest in meaning",
        responses={200: SearchResultSerializer(many=True)},
    ),
)
class SearchViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Search over all published listings the user may see, by words and by meaning.

    In `q`, quotation marks hold a phrase, a leading minus excludes a word or phrase, and the
    prefixes `kind:`, `trl:` (`trl:5`, `trl:>=5`, `trl:4..6`), `ipc:` and `org:` set filters.
    """

    queryset = Listing.objects.none()  # for the schema; rows come from get_queryset
    serializer_class = SearchResultSerializer
    filterset_class = SearchFilterSet
    pagination_class = SearchPages
    snippets: Mapping[int, Snippet] = MappingProxyType({})
    permission_classes = [AllowAny]

    def get_queryset(self) -> ListingQuerySet:
        """The rows of the search page."""
        return Listing.objects.visible_to(self.request.user).published()

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters and order, with what a result shows."""
        self.search = SearchFilterSet.over_all(self.request.query_params, self.request)
        if not self.search.is_valid():
            raise ValidationError(self.search.errors)
        return Results(self.search)

    @same_statistics()
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of results, and what was understood of the text."""
        response = super().list(request, *args, **kwargs)
        response.data["query"] = as_data(self.search) | self._few(response.data["count"])
        return same_for_visitors(request, response)

    def _few(self, count: int) -> dict[str, Any]:
        """What the page says when it has hardly a result."""
        steps = relaxed(self.search, count) if count < FEW else []
        rows = nearest(self.search) if not count else []
        return {
            "did_you_mean": did_you_mean(self.search),
            "relaxed": [
                {
                    "dropped": step.dropped,
                    "part": step.part,
                    "query": step.address,
                    "count": step.count,
                }
                for step in steps
            ],
            "nearest": [
                {
                    "id": row.pk,
                    "title": row.title,
                    "url": self.request.build_absolute_uri(row.get_absolute_url()),
                }
                for row in rows
            ],
        }

    def get_serializer_context(self) -> dict[str, Any]:
        """Who reads, asked once for all rows, and what is quoted of each."""
        return {
            **super().get_serializer_context(),
            "reader": Reader(self.request.user),
            "snippets": self.snippets,
        }

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of rows; their quotations are made together."""
        rows = super().paginate_queryset(queryset)
        self.snippets = snippets_for(rows or [], self.search.text_query)
        return rows

    @action(detail=False, pagination_class=None)
    def facets(self, request: Request) -> Response:
        """The facets beside the same search."""
        search = SearchFilterSet.over_all(request.query_params, request)
        if not search.is_valid():
            raise ValidationError(search.errors)
        found = FacetSerializer(facets_of(search), many=True).data
        return same_for_visitors(request, Response(found))

    @action(detail=True, pagination_class=None, filterset_class=None)
    def similar(self, request: Request, pk: str) -> Response:
        """Listings like one that the user may see, as on its page."""
        rows = self.get_queryset()
        listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=pk)
        found = similar_listings(listing, rows)
        return Response(self.get_serializer(found, many=True).data)

    @action(detail=False, pagination_class=None, filterset_class=None)
    def suggestions(self, request: Request) -> Response:
        """Public data only, the same for everybody."""
        found = suggestions_for(request.query_params.get("q", ""))
        return Response(SuggestionSerializer(found, many=True).data)
