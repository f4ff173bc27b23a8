"""Versions in the API."""

from typing import Any

from rest_framework import serializers

from achievements.models import ListingVersion


class VersionSerializer(serializers.ModelSerializer):
    """One saving of a listing."""

    by: Any = serializers.CharField(source="by.__str__", read_only=True, default="")

    class Meta:
        model = ListingVersion
        fields = ["number", "at", "by", "restored_from"]
        read_only_fields = fields


class VersionDetailSerializer(VersionSerializer):
    """One saving with all that it said."""

    content = serializers.DictField(
        read_only=True, help_text="`values` by field, `fields` as keys, `rows` by relation."
    )

    class Meta:
        model = ListingVersion
        fields = ["number", "at", "by", "restored_from", "content"]
        read_only_fields = fields
