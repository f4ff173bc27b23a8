"""Shortlists and comparisons in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from achievements.serializers.listings import ListingSummarySerializer
from matching.models import ShortlistEntry


class ShortlistEntrySerializer(serializers.ModelSerializer):
    """A listing on the shortlist of one of your organisations, with your organisation's note."""

    organisation: Any = serializers.SlugRelatedField("slug", read_only=True)
    listing = serializers.SerializerMethodField()

    class Meta:
        model = ShortlistEntry
        fields = ["id", "organisation", "listing", "note", "added_at"]
        read_only_fields = ["added_at"]

    @extend_schema_field(ListingSummarySerializer)
    def get_listing(self, entry: ShortlistEntry) -> dict[str, Any]:
        """The listing as lists show it to this reader."""
        return dict(ListingSummarySerializer(entry.listing, context=self.context).data)


class ShortlistAddSerializer(serializers.Serializer):
    """What to put on which list."""

    listing = serializers.IntegerField(min_value=1, max_value=2**62)
    organisation = serializers.SlugField(
        required=False, help_text="Without it, the organisation you act for."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000, default="")


class ShortlistNoteSerializer(serializers.Serializer):
    """A new note."""

    note = serializers.CharField(allow_blank=True, max_length=2000)


class ComparisonLineSerializer(serializers.Serializer):
    """One value of a listing."""

    text = serializers.CharField()
    lang = serializers.CharField(help_text="Where it is not the language of the request.")
    note = serializers.CharField(help_text="Conditions, and how a converted figure was written.")


class ComparisonRowSerializer(serializers.Serializer):
    """One fact of all listings; ``cells`` are in the order of the columns."""

    label: Any = serializers.CharField()
    unit = serializers.CharField(help_text="The unit of every figure of the row; else empty.")
    differs = serializers.BooleanField()
    cells = serializers.ListField(child=ComparisonLineSerializer(many=True))


class ComparisonColumnSerializer(serializers.Serializer):
    """One listing; its organisation as far as this reader may know."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    organisation = serializers.CharField()


class SideBySideSerializer(serializers.Serializer):
    """Listings beside each other."""

    columns = ComparisonColumnSerializer(many=True)
    rows = ComparisonRowSerializer(many=True)
