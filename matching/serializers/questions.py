"""Questions about evidence in the API."""

from typing import Any

from rest_framework import serializers

from matching.models import Question
from matching.wording.matches import asked_text


class AskSerializer(serializers.Serializer):
    """Which requirement to ask about."""

    key = serializers.CharField(max_length=16, help_text="Of the match's `requirements`.")


class AnswerSerializer(serializers.Serializer):
    """A value with its unit, or that it was not measured."""

    outcome = serializers.ChoiceField(Question.Outcome.choices)
    value: Any = serializers.DecimalField(
        max_digits=20, decimal_places=6, required=False, allow_null=True, default=None
    )
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class QuestionSerializer(serializers.ModelSerializer):
    """What a demand asks of an achievement. Who asked, and for whom, is not told."""

    quantity = serializers.CharField(source="row.quantity", read_only=True)
    asked = serializers.SerializerMethodField(help_text="The requirement in short.")
    asked_unit = serializers.CharField(source="row.unit", read_only=True)
    for_me = serializers.BooleanField(
        source="is_mine", read_only=True, help_text="Your side answers it."
    )

    class Meta:
        model = Question
        fields = [
            "id",
            "demand",
            "achievement",
            "quantity",
            "asked",
            "asked_unit",
            "asked_at",
            "for_me",
            "outcome",
            "value",
            "unit",
            "note",
            "answered_at",
        ]
        read_only_fields = fields

    def get_asked(self, question: Question) -> str:
        """Comparison, figure and unit."""
        return asked_text(question.row)
