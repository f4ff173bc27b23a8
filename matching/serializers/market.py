"""Supply, demand and the way between them in the API."""

from rest_framework import serializers

from matching.serializers.quality import (
    BandAcceptanceSerializer,
    FieldAcceptanceSerializer,
    OriginAcceptanceSerializer,
    TimesSerializer,
)

_FEW = "Null where it is more than nothing and fewer than five, for the public figures."


class KindCountsSerializer(serializers.Serializer):
    """Live listings of each kind."""

    achievement = serializers.IntegerField(allow_null=True, help_text=_FEW)
    demand = serializers.IntegerField(allow_null=True, help_text=_FEW)
    expert = serializers.IntegerField(allow_null=True, help_text=_FEW)


class FieldSupplySerializer(KindCountsSerializer):
    """A highest class; without labels: listings that are in none."""

    label_en = serializers.CharField(allow_blank=True)
    label_zh = serializers.CharField(allow_blank=True)


class RegionSupplySerializer(FieldSupplySerializer):
    """A region; ``other`` for all that are not among the largest, empty where none is named."""

    code = serializers.CharField(allow_blank=True)


class UnmetSerializer(serializers.Serializer):
    """Live demands, and those whose side has accepted no match."""

    demands = serializers.IntegerField(allow_null=True, help_text=_FEW)
    unmet = serializers.IntegerField(allow_null=True, help_text=_FEW)
    unmet_share = serializers.FloatField(allow_null=True, help_text="0 to 1.")


class FieldUnmetSerializer(UnmetSerializer):
    """The same by a highest class of the demand's fields."""

    label_en = serializers.CharField(allow_blank=True)
    label_zh = serializers.CharField(allow_blank=True)


class StepSerializer(serializers.Serializer):
    """A step on the way to an answered conversation."""

    step = serializers.CharField(
        help_text="shown, opened, found, answered, accepted, agreed, begun or replied"
    )
    count = serializers.IntegerField(allow_null=True, help_text=_FEW)
    of_previous = serializers.FloatField(allow_null=True, help_text="0 to 1.")


class MarketSerializer(serializers.Serializer):
    """Supply against demand and what becomes of it."""

    totals = KindCountsSerializer()
    by_field = FieldSupplySerializer(many=True)
    by_region = RegionSupplySerializer(many=True)
    unmet = UnmetSerializer()
    unmet_by_field = FieldUnmetSerializer(many=True)
    acceptance_by_field = FieldAcceptanceSerializer(many=True)
    acceptance_by_score = BandAcceptanceSerializer(many=True)
    acceptance_by_origin = OriginAcceptanceSerializer(many=True)
    first_answer = TimesSerializer()
    first_reply = TimesSerializer()
    funnel = StepSerializer(many=True)
    least = serializers.IntegerField(help_text="Smaller counts are not shown to the public.")
    waited_days = serializers.IntegerField()
