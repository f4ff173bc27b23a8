"""Versions of the scoring weights in the API."""

from rest_framework import serializers

from matching.models import ScoringWeights


class WeightsSerializer(serializers.ModelSerializer):
    """One version of the weights."""

    class Meta:
        model = ScoringWeights
        fields = ["version", "weights", "note", "active", "figures", "created_at"]
        read_only_fields = ["version", "active", "figures", "created_at"]


class NewWeightsSerializer(serializers.Serializer):
    """A version to add; it is not taken into use."""

    weights = serializers.DictField(help_text="The same names as those in use.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class ScoreCountSerializer(serializers.Serializer):
    """How many matches get a score between two points, by either version."""

    to = serializers.IntegerField()
    old = serializers.IntegerField()
    new = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        """With ``from``, which is a word of Python."""
        return {"from": serializers.IntegerField(), **super().get_fields()}


class ComparisonSerializer(serializers.Serializer):
    """What a version would change of the stored matches. Shares are 0 to 1."""

    demands = serializers.IntegerField()
    demands_of = serializers.IntegerField()
    matches = serializers.IntegerField()
    moved_share = serializers.FloatField(allow_null=True)
    top_overlap = serializers.FloatField(
        allow_null=True, help_text="Of a demand's first ten, those that stay among them."
    )
    scores = ScoreCountSerializer(many=True)
    answered_pairs = serializers.IntegerField(
        help_text="Pairs of an accepted and a dismissed match of one demand."
    )
    old_right = serializers.FloatField(allow_null=True, help_text="Of these, in the right order.")
    new_right = serializers.FloatField(allow_null=True)
