"""Panels in the API."""

from typing import Any

from rest_framework import serializers

from accounts.models import Organisation
from achievements.models import Achievement, Demand
from achievements.serializers.fields import TermKeysField
from matching.models import Panel, PanelPlace


class PanelPlaceSerializer(serializers.ModelSerializer):
    """An expert that was looked at: chosen where ``reason`` is empty."""

    name = serializers.CharField(source="expert.title", read_only=True)
    fit: Any = serializers.FloatField(help_text="0 to 1: the score of demand and expert.")

    class Meta:
        model = PanelPlace
        fields = ["expert", "name", "position", "fit", "load", "reason", "note"]


class PanelSerializer(serializers.ModelSerializer):
    """A panel with everybody that was looked at, the best fitting first."""

    demand: Any = serializers.PrimaryKeyRelatedField(
        queryset=Demand.objects.none(),
        required=False,
        allow_null=True,
        help_text="Or describe a task: brief, fields, organisation.",
    )
    organisation: Any = serializers.SlugRelatedField(
        "slug",
        queryset=Organisation.objects.none(),
        required=False,
        allow_null=True,
        help_text="Concerned by the task; its people do not sit on the panel.",
    )
    achievement: Any = serializers.PrimaryKeyRelatedField(
        queryset=Achievement.objects.none(), required=False, allow_null=True
    )
    places = PanelPlaceSerializer(many=True, read_only=True)

    class Meta:
        model = Panel
        fields = [
            "id",
            "demand",
            "brief",
            "organisation",
            "achievement",
            "task",
            "size",
            "per_organisation",
            "state",
            "made_at",
            "approved_at",
            "places",
        ]
        read_only_fields = ["state", "made_at", "approved_at"]

    def get_fields(self) -> dict[str, Any]:
        """Only listings that the user may see."""
        fields: dict[str, Any] = super().get_fields()
        fields["fields"] = TermKeysField(required=False, help_text="`vocabulary:code`.")
        request = self.context.get("request")
        if request is not None:
            fields["demand"].queryset = Demand.objects.visible_to(request.user)
            fields["organisation"].queryset = Organisation.objects.visible_to(request.user)
            fields["achievement"].queryset = Achievement.objects.visible_to(request.user)
        return fields


class LeaveOutSerializer(serializers.Serializer):
    """Whom to leave out, and why."""

    expert = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    note = serializers.CharField(max_length=300)
