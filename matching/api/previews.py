"""Previews of matches in the API: the page's drafts, matcher, limit and permissions."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from accounts.context_processors import Viewer
from achievements.models import Demand
from achievements.permissions import may_edit_listing
from matching.cards import MatchReader
from matching.models import Match
from matching.serializers.previews import PreviewRequestSerializer, PreviewSerializer
from matching.services.previewing import drafted, preview_matches, unsaid
from matching.throttles import PreviewThrottle


class MatchPreviewViewSet(Door, viewsets.GenericViewSet):
    """What would match a demand that is being written; nothing is kept."""

    queryset = Match.objects.none()  # for the schema
    serializer_class = PreviewRequestSerializer
    permission_classes = [IsAuthenticated]
    throttle_classes = [PreviewThrottle]

    @extend_schema(
        summary="What would match a demand as it is written so far",
        request=PreviewRequestSerializer,
        responses={200: PreviewSerializer},
    )
    def create(self, request: Request) -> Response:
        """At most four achievements and three experts that you may see. Limited by the minute."""
        given = dict(self.given(PreviewRequestSerializer))
        draft = None
        number = given.pop("demand", None)
        organisation = Viewer(request).active_organisation
        if number is not None:
            draft = get_object_or_404(Demand.objects.visible_to(self.by), pk=number)
            self.require(may_edit_listing(self.by, draft))
            organisation = draft.organisation
        else:
            self.require(Viewer(request).may_post)
        if organisation is None:
            self.permission_denied(request)
        demand = drafted(organisation=organisation, values=given, draft=draft)
        found = preview_matches(demand, user=self.by)
        shown: dict[str, Any] = {
            "available": found is not None,
            "unsaid": unsaid(demand),
            "results": found or [],
        }
        context = {**self.get_serializer_context(), "reader": MatchReader(self.by)}
        return Response(PreviewSerializer(shown, context=context).data)
