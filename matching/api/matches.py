"""Matches in the API: the page's rows, filters, verbs and permissions."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.cards import MatchReader
from matching.filtersets import MatchFilterSet
from matching.models import Decision, Match, Question
from matching.permissions import may_ask, may_decide, may_propose_matches, sides_of
from matching.proposable import find_proposable
from matching.querysets import MatchQuerySet
from matching.serializers.matches import (
    DismissSerializer,
    FindSerializer,
    MatchSerializer,
    ProposableSerializer,
    ProposeSerializer,
    SideSerializer,
    SnoozeSerializer,
)
from matching.serializers.questions import AskSerializer, QuestionSerializer
from matching.services.curating import propose_match
from matching.services.decisions import accept_match, dismiss_match, snooze_match, undo_decision
from matching.services.questions import ask_owner
from matching.services.revealing import reveal_match


@extend_schema_view(
    list=extend_schema(summary="The matches of your listings"),
    retrieve=extend_schema(summary="One match with its reasons"),
)
class MatchViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Matches of the user's listings while both are live; all of them for administrators."""

    queryset = Match.objects.none()  # for the schema; rows come from get_queryset
    serializer_class = MatchSerializer
    filterset_class = MatchFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> MatchQuerySet:
        """The rows of the page."""
        rows = Match.objects.visible_to(self.request.user).live()
        if self.action != "list":
            rows = rows.with_answers(self.request.user).with_details()
        return rows

    def filter_queryset(self, queryset: Any) -> Any:
        """In a list: filters and order, with what a row shows. One match needs no filter."""
        if self.action != "list":
            return queryset
        rows: Any = super().filter_queryset(queryset)
        return rows.with_details().prefetch_related(
            "demand__fields__scheme", "candidate__fields__scheme"
        )

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of rows; what they name is looked up for all of them at once."""
        page = super().paginate_queryset(queryset)
        self.reader.expect(page or ())
        return page

    @cached_property
    def reader(self) -> MatchReader:
        """Who reads, asked once for all rows."""
        return MatchReader(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the reader."""
        return {**super().get_serializer_context(), "reader": self.reader}

    def _answer(self, verb: Callable[..., Any], names: dict[str, str]) -> Response:
        """Check the input and the side, do it, show the match as it is then."""
        match = self.get_object()
        sides = sides_of(self.by, match)
        self.require(bool(sides))
        given = self.get_serializer(data=self.request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        side = values.get("side") or (sides[0] if sides else "")
        self.require(may_decide(self.by, match, side))
        chosen = {name: values[key] for key, name in names.items()}
        verb(match=match, side=side, by=self.by, **chosen)
        shown = MatchSerializer(self.get_object(), context=self.get_serializer_context())
        return Response(shown.data)

    @extend_schema(summary="Accept: you would like to talk", responses={200: MatchSerializer})
    @action(detail=True, methods=["post"], serializer_class=SideSerializer)
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """The other side is told."""
        return self._answer(accept_match, {})

    @extend_schema(summary="Dismiss with a reason", responses={200: MatchSerializer})
    @action(detail=True, methods=["post"], serializer_class=DismissSerializer)
    def dismiss(self, request: Request, pk: str | None = None) -> Response:
        """The other side is told the reason and the note."""
        return self._answer(dismiss_match, {"reason": "reason", "note": "note"})

    @extend_schema(summary="Put aside until a day", responses={200: MatchSerializer})
    @action(detail=True, methods=["post"], serializer_class=SnoozeSerializer)
    def snooze(self, request: Request, pk: str | None = None) -> Response:
        """The other side is not told."""
        return self._answer(snooze_match, {"until": "until"})

    @extend_schema(summary="Take your answer back", responses={200: MatchSerializer})
    @action(detail=True, methods=["post"], serializer_class=SideSerializer)
    def undo(self, request: Request, pk: str | None = None) -> Response:
        """The match is open again; without an answer nothing happens."""
        return self._answer(undo_decision, {})

    @extend_schema(
        summary="Reveal your sealed demand to the other side",
        request=None,
        responses={200: MatchSerializer},
    )
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str | None = None) -> Response:
        """They can read all of it from then on, and are told. ``demands/{id}/reveals/`` ends it."""
        match = self.get_object()
        self.require(may_decide(self.by, match, Decision.Side.DEMAND))
        reveal_match(match=match, by=self.by)
        shown = MatchSerializer(self.get_object(), context=self.get_serializer_context())
        return Response(shown.data)

    @extend_schema(
        summary="Find what may be proposed for a demand (curators)",
        parameters=[FindSerializer],
        responses=ProposableSerializer(many=True),
    )
    @action(detail=False, filterset_class=None, pagination_class=None)
    def proposable(self, request: Request) -> Response:
        """What the text names outright first, then what the search finds; at most some forty."""
        self.require(may_propose_matches(self.by))
        asked = FindSerializer(data=request.query_params, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        demand, text = asked.validated_data["demand"], asked.validated_data["q"]
        found = find_proposable(demand, text, user=self.by)
        return Response(ProposableSerializer(found, many=True).data)

    @extend_schema(
        summary="Propose a match that the machine did not see (curators)",
        request=ProposeSerializer,
        responses={201: MatchSerializer},
    )
    @action(detail=False, methods=["post"], filterset_class=None)
    def propose(self, request: Request) -> Response:
        """Both sides are told, with the reason."""
        self.require(may_propose_matches(self.by))
        given = ProposeSerializer(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        match = propose_match(by=self.by, **given.validated_data)
        row = self.get_queryset().get(pk=match.pk)
        shown = MatchSerializer(row, context=self.get_serializer_context())
        return Response(shown.data, status=201)

    @extend_schema(
        summary="Ask the owner for what no evidence says",
        request=AskSerializer,
        responses={201: QuestionSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=AskSerializer)
    def ask(self, request: Request, pk: str | None = None) -> Response:
        """Of one unknown must row; once. 409 the second time, saying when it was asked."""
        match = self.get_object()
        self.require(may_ask(self.by, match))
        question = ask_owner(match=match, key=self.given(AskSerializer)["key"], by=self.by)
        shown = Question.objects.with_details(self.by).get(pk=question.pk)
        context = self.get_serializer_context()
        return Response(QuestionSerializer(shown, context=context).data, status=201)
