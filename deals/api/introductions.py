"""The API door of introductions."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from deals.filtersets import IntroductionFilterSet
from deals.models import Introduction, Message
from deals.permissions import may_begin_introduction, may_reply
from deals.querysets import IntroductionQuerySet
from deals.serializers import (
    IntroductionInputSerializer,
    IntroductionSerializer,
    MessageSerializer,
    ReplyInputSerializer,
    ThreadSerializer,
)
from deals.services import begin_introduction, reply


@extend_schema_view(
    list=extend_schema(summary="Your conversations, the latest message first"),
    retrieve=extend_schema(summary="One conversation with its messages"),
    create=extend_schema(
        summary="Write to the other side of a listing or of an accepted match",
        request=IntroductionInputSerializer,
        responses={201: ThreadSerializer},
    ),
    reply=extend_schema(
        summary="Answer in a conversation",
        request=ReplyInputSerializer,
        responses={201: MessageSerializer},
    ),
)
class IntroductionViewSet(
    Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Conversations between the two sides of a listing or a match."""

    queryset = Introduction.objects.none()  # for the schema; rows come from get_queryset
    filterset_class = IntroductionFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> IntroductionQuerySet:
        """Those of the user's sides."""
        if not self.request.user.is_authenticated:
            return Introduction.objects.none()
        rows = Introduction.objects.visible_to(self.by)
        rows = rows.with_parties(self.by).with_unread(self.by)
        if self.action == "list":
            return rows
        messages = models.Prefetch("messages", Message.objects.select_related("author"))
        return rows.prefetch_related(messages)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        """Rows of a list come without their messages."""
        return IntroductionSerializer if self.action == "list" else ThreadSerializer

    def _answer(self, pk: int, status: int) -> Response:
        introduction = self.get_queryset().get(pk=pk)
        serializer = ThreadSerializer(introduction, context=self.get_serializer_context())
        return Response(serializer.data, status=status)

    def create(self, request: Request) -> Response:
        """Begin an introduction."""
        given = IntroductionInputSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        given.is_valid(raise_exception=True)
        values = given.validated_data
        self.require(may_begin_introduction(self.by, values["listing"], values.get("match")))
        return self._answer(begin_introduction(by=self.by, **values).pk, 201)

    @action(detail=True, methods=["post"])
    def reply(self, request: Request, pk: str | None = None) -> Response:
        """Add a message to the thread."""
        introduction = self.get_object()
        self.require(may_reply(self.by, introduction))
        given = ReplyInputSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        message = reply(introduction, by=self.by, **given.validated_data)
        serializer = MessageSerializer(message, context=self.get_serializer_context())
        return Response(serializer.data, status=201)
