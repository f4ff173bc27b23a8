"""The curators' record of a person in the API."""

from typing import Any

from rest_framework import serializers

from accounts.models import Organisation
from achievements.models import DeclaredConflict, Expert, ExpertMerge
from achievements.serializers.verbs import ApproveSerializer


class AdmitSerializer(ApproveSerializer):
    """The version that was looked at, a note to the person, and on what the admission rests."""

    evidence = serializers.CharField(
        max_length=3000, required=False, allow_blank=True, default="", help_text="Curators only."
    )


class ExpertMergeSerializer(serializers.ModelSerializer):
    """A merger into this profile, and whether it was undone."""

    class Meta:
        model = ExpertMerge
        fields = ["id", "other", "at", "undone_at"]


class PoolRecordSerializer(serializers.ModelSerializer):
    """What curators keep of a person."""

    evidence = serializers.CharField(
        source="admission_evidence", max_length=3000, required=False, allow_blank=True
    )
    tags = serializers.ListField(
        source="pool_tags", child=serializers.CharField(max_length=50), required=False
    )
    admitted_until = serializers.DateField(required=False, allow_null=True)
    merges = ExpertMergeSerializer(many=True, read_only=True)

    class Meta:
        model = Expert
        fields = ["id", "evidence", "tags", "admitted_at", "admitted_until", "merges"]
        read_only_fields = ["admitted_at"]

    def to_internal_value(self, data: Any) -> Any:
        """The words of :func:`achievements.services.keep_pool_record`."""
        found = super().to_internal_value(data)
        names = {"admission_evidence": "evidence", "pool_tags": "tags"}
        return {names.get(name, name): value for name, value in found.items()}


class EraseSerializer(serializers.Serializer):
    """How and when the person asked for it; stays in the audit log without the name."""

    note = serializers.CharField(max_length=500)
    account = serializers.BooleanField(
        default=False, help_text="Remove the account that claimed the profile, too."
    )


class ConflictSerializer(serializers.ModelSerializer):
    """A declared conflict of interest."""

    organisation: Any = serializers.SlugRelatedField(
        "slug", queryset=Organisation.objects.none(), help_text="Short name."
    )

    class Meta:
        model = DeclaredConflict
        fields = ["id", "organisation", "note", "at"]
        read_only_fields = ["at"]
        validators: list[Any] = []

    def get_fields(self) -> dict[str, Any]:
        """Only organisations that the user may see."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["organisation"].queryset = Organisation.objects.visible_to(request.user)
        return fields
