"""Rows of listings."""

from typing import Any

from rest_framework import serializers

from achievements.models import EvidenceRow, Expert, Inventor, IPRight, RequirementRow
from achievements.serializers.fields import TermKeyField
from achievements.services.writing import row_fields


class MeasuredSerializer(serializers.ModelSerializer):
    """A quantity with a unit; ``term`` and ``label`` tell how the vocabulary understood it."""

    term = TermKeyField(read_only=True, allow_null=True)
    label: Any = serializers.CharField(read_only=True)


class EvidenceSerializer(MeasuredSerializer):
    """A measured fact."""

    class Meta:
        model = EvidenceRow
        fields = [*row_fields(EvidenceRow), "term", "label"]


class RequirementSerializer(MeasuredSerializer):
    """A requirement."""

    class Meta:
        model = RequirementRow
        fields = [*row_fields(RequirementRow), "term", "label"]


class IPRightSerializer(serializers.ModelSerializer):
    """A patent or other right."""

    class Meta:
        model = IPRight
        fields = row_fields(IPRight)


class ShownExpertField(serializers.PrimaryKeyRelatedField):
    """The number of a profile, read from the row that was fetched for this reader."""

    def use_pk_only_optimization(self) -> bool:
        """Never: the column tells the number also where the profile was left out."""
        return False


class InventorSerializer(serializers.ModelSerializer):
    """A person; ``expert`` is the profile in the pool, if there is one that you may see."""

    class Meta:
        model = Inventor
        fields = row_fields(Inventor)

    def get_fields(self) -> dict[str, Any]:
        """Only profiles that the user may see can be named."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        rows = Expert.objects.none()
        if request is not None:
            rows = Expert.objects.visible_to(request.user).unmerged()
        fields["expert"] = ShownExpertField(
            queryset=rows, required=False, allow_null=True, help_text="Number of the profile."
        )
        return fields
