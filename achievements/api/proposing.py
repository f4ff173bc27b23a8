"""Rows proposed from text, for the kinds whose text has figures."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from achievements.serializers import (
    FigureTextSerializer,
    IgnoreSerializer,
    ProposalSerializer,
    ProposedTermsSerializer,
)
from achievements.services import ignore_proposals, proposals_of, propose_rows
from achievements.services.proposed_terms import propose_terms, terms_of


class Proposing(Door):
    """Kinds whose text has figures that rows can be made of."""

    if TYPE_CHECKING:

        def _editable(self) -> Any:
            """The listing that the address names; refuses who may not edit it."""

    @extend_schema(request=FigureTextSerializer, responses=ProposalSerializer(many=True))
    @action(
        detail=False,
        methods=["post"],
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def propose(self, request: Request) -> Response:
        """The figures with units in a text, as rows you may send. Nothing is kept."""
        figures = propose_rows([self.given(FigureTextSerializer)["text"]])
        return Response(ProposalSerializer(figures, many=True).data)

    @extend_schema(responses=ProposalSerializer(many=True))
    @action(
        detail=True,
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def proposals(self, request: Request, pk: str | None = None) -> Response:
        """The figures in the text of one of your own that its rows do not cover."""
        return Response(ProposalSerializer(proposals_of(self._editable()), many=True).data)

    @extend_schema(request=IgnoreSerializer, responses=ProposalSerializer(many=True))
    @proposals.mapping.post
    def ignore_proposals(self, request: Request, pk: str | None = None) -> Response:
        """Set some aside for good; answers with those that are left."""
        listing = self._editable()
        ignore_proposals(listing, by=self.by, keys=self.given(IgnoreSerializer)["ignore"])
        return Response(ProposalSerializer(proposals_of(listing), many=True).data)


class ProposingTerms(Proposing):
    """Demands, whose text may also name a budget and a deadline."""

    @extend_schema(request=FigureTextSerializer, responses=ProposedTermsSerializer)
    @action(
        detail=False,
        methods=["post"],
        url_path="propose-terms",
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def propose_terms(self, request: Request) -> Response:
        """The budget and the deadline that a text names, as values you may send. Nothing is
        kept."""
        found = propose_terms([self.given(FigureTextSerializer)["text"]])
        return Response(ProposedTermsSerializer(found).data)

    @extend_schema(responses=ProposedTermsSerializer)
    @action(
        detail=True,
        url_path="proposed-terms",
        permission_classes=[IsAuthenticated],
        pagination_class=None,
        filterset_class=None,
    )
    def proposed_terms(self, request: Request, pk: str | None = None) -> Response:
        """What the text of one of your own demands names and its fields leave empty. Set one aside
        by its key, as any other proposal."""
        return Response(ProposedTermsSerializer(terms_of(self._editable())).data)
