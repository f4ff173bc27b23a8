"""Disclosures in the API."""

from typing import Any

from rest_framework import serializers

from accounts.serializers import VisibleOrganisationField
from achievements.models import Disclosure, DisclosureEntry, DisclosureInventor
from achievements.services.disclosure_writing import FIELDS


class DisclosureInventorSerializer(serializers.ModelSerializer):
    """An inventor; the shares add up to 100."""

    class Meta:
        model = DisclosureInventor
        fields = ["name", "affiliation", "share"]


class DisclosureEntrySerializer(serializers.ModelSerializer):
    """A question, an answer or the reason of the decision."""

    by: Any = serializers.CharField(source="by.__str__", read_only=True, default="")

    class Meta:
        model = DisclosureEntry
        fields = ["kind", "text", "by", "at"]
        read_only_fields = fields


class DisclosureSerializer(serializers.ModelSerializer):
    """What an inventor disclosed and what was said to it."""

    organisation = VisibleOrganisationField(required=False)
    inventors = DisclosureInventorSerializer(many=True)
    entries = DisclosureEntrySerializer(many=True, read_only=True)
    submitted_by: Any = serializers.CharField(
        source="submitted_by.__str__", read_only=True, default=""
    )

    class Meta:
        model = Disclosure
        fields = [
            *("id", "organisation", "submitted_by", "state", "decision", "listing", *FIELDS),
            *("inventors", "entries", "created_at", "updated_at", "decided_at"),
        ]
        read_only_fields = [
            *("id", "state", "decision", "listing", "created_at", "updated_at", "decided_at"),
        ]


class DisclosureTextSerializer(serializers.Serializer):
    """A question."""

    text = serializers.CharField(max_length=5000)


class DisclosureAnswerSerializer(serializers.Serializer):
    """An answer in words, a corrected form, or both."""

    text = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    values: Any = serializers.DictField(required=False, help_text="Fields of the form.")
    inventors = DisclosureInventorSerializer(many=True, required=False)

    def validate_values(self, values: dict[str, Any]) -> dict[str, Any]:
        """Each by the rules of its field."""
        form = DisclosureSerializer(data=values, partial=True, context=self.context)
        form.is_valid(raise_exception=True)
        return {name: value for name, value in form.validated_data.items() if name in FIELDS}


class DisclosureDecisionSerializer(serializers.Serializer):
    """What becomes of it."""

    decision = serializers.ChoiceField(Disclosure.Decision.choices)
    note = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
