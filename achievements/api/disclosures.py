"""The API door of disclosures."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from accounts.api.base import Door
from accounts.context_processors import Viewer
from achievements.filtersets.disclosures import DisclosureFilterSet
from achievements.models import Disclosure
from achievements.permissions import may_answer_disclosure, may_disclose, may_handle_disclosure
from achievements.serializers.disclosures import (
    DisclosureAnswerSerializer,
    DisclosureDecisionSerializer,
    DisclosureSerializer,
    DisclosureTextSerializer,
)
from achievements.services.disclosures import (
    answer_disclosure,
    ask_back,
    decide_disclosure,
    list_disclosure,
    submit_disclosure,
)


class DisclosureViewSet(
    Door,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    GenericViewSet,
):
    """Disclosures: your own and, for the office, those of the organisation. Confidential."""

    queryset = Disclosure.objects.none()
    serializer_class = DisclosureSerializer
    filterset_class = DisclosureFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """What the user may see, the last changed first."""
        rows = Disclosure.objects.visible_to(self.request.user)
        rows = rows.select_related("organisation", "submitted_by")
        return rows.prefetch_related("inventors", "entries__by").order_by("-updated_at", "-pk")

    def _answer(self, disclosure: Disclosure, code: int = status.HTTP_200_OK) -> Response:
        fresh = self.get_queryset().get(pk=disclosure.pk)
        return Response(self.get_serializer(fresh).data, status=code)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hand one in, for the organisation named or the one you act for."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        organisation = values.pop("organisation", None)
        if organisation is None:
            organisation = Viewer(self.request).active_organisation
        self.require(organisation is not None and may_disclose(request.user, organisation))
        inventors = values.pop("inventors")
        kept = submit_disclosure(
            by=self.by, organisation=organisation, values=values, inventors=inventors
        )
        return self._answer(kept, status.HTTP_201_CREATED)

    def _handle(
        self, verb: Callable[..., Any], serializer_class: type[Serializer] | None = None
    ) -> Response:
        """Ask who may before looking at what was sent."""
        disclosure = self.get_object()
        self.require(may_handle_disclosure(self.request.user, disclosure))
        given = self.given(serializer_class) if serializer_class else {}
        verb(disclosure, by=self.by, **given)
        return self._answer(disclosure)

    @extend_schema(request=DisclosureTextSerializer)
    @action(detail=True, methods=["post"])
    def ask(self, request: Request, pk: str | None = None) -> Response:
        """Give it back to the inventor with a question (the office)."""
        return self._handle(ask_back, DisclosureTextSerializer)

    @extend_schema(request=DisclosureAnswerSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """Answer the office (who submitted it)."""
        disclosure = self.get_object()
        self.require(may_answer_disclosure(request.user, disclosure))
        answer_disclosure(disclosure, by=self.by, **self.given(DisclosureAnswerSerializer))
        return self._answer(disclosure)

    @extend_schema(request=DisclosureDecisionSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str | None = None) -> Response:
        """Decide what becomes of it (the office, not about its own)."""
        return self._handle(decide_disclosure, DisclosureDecisionSerializer)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="make-listing")
    def make_listing(self, request: Request, pk: str | None = None) -> Response:
        """Make a draft achievement of it; `listing` is its number (the office)."""
        return self._handle(list_disclosure)
