"""Listings that are nearly the same in the API."""

from typing import Any

from rest_framework import serializers

from matching.models import DuplicatePair


class DuplicatePairSerializer(serializers.ModelSerializer):
    """Two listings by number and title, how alike their texts are, and what was decided."""

    first_title = serializers.CharField(source="first.title", read_only=True)
    second_title = serializers.CharField(source="second.title", read_only=True)
    kind = serializers.CharField(source="first.kind", read_only=True)
    likeness: Any = serializers.FloatField(help_text="0 to 1: runs of words in common.")

    class Meta:
        model = DuplicatePair
        fields = [
            "id",
            "kind",
            "first",
            "first_title",
            "second",
            "second_title",
            "likeness",
            "same_title",
            "found_at",
            "decided_at",
        ]
        read_only_fields = fields
