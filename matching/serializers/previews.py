"""Previews of matches in the API."""

from typing import Any

from rest_framework import serializers

from matching.serializers.matches import MatchSerializer

_TEXTS = ("title", "summary", "body")


class PreviewRequestSerializer(serializers.Serializer):
    """What a demand says so far; with ``demand`` the rest is taken from a draft of yours."""

    demand = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    title_en = serializers.CharField(required=False, allow_blank=True, max_length=300)
    title_zh = serializers.CharField(required=False, allow_blank=True, max_length=300)
    summary_en = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    summary_zh = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    body_en = serializers.CharField(required=False, allow_blank=True, max_length=20000)
    body_zh = serializers.CharField(required=False, allow_blank=True, max_length=20000)


class PreviewedMatchSerializer(MatchSerializer):
    """A match that would be found; it has no number, for it is not kept."""

    class Meta(MatchSerializer.Meta):
        fields = ["candidate", "kind", "score", "sentences", "requirements"]


class PreviewSerializer(serializers.Serializer):
    """The best achievements, then the best experts."""

    available = serializers.BooleanField(
        help_text="False while no embedding can be had; there are no results then."
    )
    unsaid = serializers.ListField(
        child=serializers.CharField(),
        help_text="Components of the score that move nothing yet: the demand is silent on them.",
    )
    results: Any = PreviewedMatchSerializer(many=True)
