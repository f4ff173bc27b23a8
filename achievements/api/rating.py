"""How convincing a listing is, saved or being written."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from achievements.models import Listing
from achievements.serializers.quality import JudgeSerializer, ListingQualitySerializer
from achievements.services.quality import judge_text, rate_listing


class Rating(Door):
    """Kinds whose quality is rated; that is all of them."""

    model: type[Listing]

    if TYPE_CHECKING:

        def _editable(self) -> Any:
            """The listing that the address names; refuses who may not edit it."""

    @extend_schema(responses=ListingQualitySerializer)
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def quality(self, request: Request, pk: str | None = None) -> Response:
        """Score and hints of one of your own, as it is now."""
        kept = rate_listing(self._editable())
        return Response(
            ListingQualitySerializer({"score": kept.score, "hints": kept.findings}).data
        )

    @extend_schema(request=JudgeSerializer, responses=ListingQualitySerializer)
    @action(
        detail=False,
        methods=["post"],
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def judge(self, request: Request) -> Response:
        """Score and hints of what you are writing. Nothing is kept."""
        given = self.given(JudgeSerializer)
        kind = str(self.model._meta.model_name)
        result = judge_text(kind, given["values"], given["rows"], contact=given["contact"])
        findings = [finding.as_data() for finding in result.findings]
        return Response(ListingQualitySerializer({"score": result.score, "hints": findings}).data)
