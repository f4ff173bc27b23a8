"""Questions about evidence in the API: the page's rows, filters, verb and permission."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import Door
from matching.filtersets import QuestionFilterSet
from matching.models import Question
from matching.permissions import may_answer
from matching.serializers.questions import AnswerSerializer, QuestionSerializer
from matching.services.questions import answer_question


@extend_schema_view(
    list=extend_schema(summary="Questions about evidence, asked by you or of you"),
    retrieve=extend_schema(summary="One question with its answer"),
)
class QuestionViewSet(
    Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """What demands ask of achievements where no evidence says it; for both sides."""

    queryset = Question.objects.none()
    serializer_class = QuestionSerializer
    filterset_class = QuestionFilterSet
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        """The rows of the page."""
        user = self.request.user
        return Question.objects.visible_to(user).with_details(user)

    @extend_schema(summary="Answer", request=AnswerSerializer, responses=QuestionSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, pk: str | None = None) -> Response:
        """A value becomes an evidence row; the side that asked is told either way."""
        question = self.get_object()
        self.require(may_answer(self.by, question))
        answer_question(question=question, by=self.by, **self.given(AnswerSerializer))
        return Response(self.get_serializer(self.get_object()).data)
