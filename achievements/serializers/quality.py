"""Quality in the API."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from achievements.quality_wording import hint_rows


class JudgeSerializer(serializers.Serializer):
    """What is being written, with the names of the fields and rows of the kind."""

    values = serializers.DictField(
        child=serializers.JSONField(), help_text="Such as `title_en`, `advantages_zh`, `trl`."
    )
    rows = serializers.DictField(
        child=serializers.ListField(child=serializers.DictField(), max_length=100),
        required=False,
        default=dict,
        help_text="Such as `evidence`, `ip_rights`, `requirements`.",
    )
    contact = serializers.BooleanField(
        required=False, default=False, help_text="Whether a colleague looks after it."
    )

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Texts have an end."""
        if sum(len(str(value)) for value in values.values()) > 200_000:
            message = _("These texts are too long to be judged.")
            raise serializers.ValidationError([message], code="max_length")
        return values


class HintSerializer(serializers.Serializer):
    """What to do, about which field, and the points it would add."""

    check = serializers.CharField()
    field = serializers.CharField(help_text="Empty where it is about no field.")
    text = serializers.CharField(help_text="In the language of the request.")
    points = serializers.IntegerField(help_text="Hints of one check share them.")


class ListingQualitySerializer(serializers.Serializer):
    """A score from 0 to 100, and what would raise it, the most worthwhile first."""

    score = serializers.IntegerField()
    hints = serializers.SerializerMethodField()

    @extend_schema_field(HintSerializer(many=True))
    def get_hints(self, found: dict[str, Any]) -> Any:
        """In words."""
        return HintSerializer(hint_rows(found["hints"]), many=True).data
