"""Match quality in the API."""

from typing import Any

from rest_framework import serializers

_FEW = "Null where it is more than nothing and fewer than five."
_FEW_SHARE = "0 to 1; null where it would tell of fewer than five."


class JudgedFigureSerializer(serializers.Serializer):
    """One measure on one judged set, with and without embeddings."""

    set = serializers.CharField()
    pool = serializers.BooleanField(help_text="Only judged documents were ranked.")
    task = serializers.CharField(help_text="match, experts or search")
    queries = serializers.IntegerField()
    measure = serializers.CharField()
    words_alone = serializers.FloatField(help_text="BM25 on the same entries.")
    value = serializers.FloatField()
    low = serializers.FloatField(help_text="The lower end of the 95 % interval.")
    high = serializers.FloatField()
    better = serializers.IntegerField(allow_null=True, help_text="Queries that words alone lose.")
    equal = serializers.IntegerField(allow_null=True)
    worse = serializers.IntegerField(allow_null=True)


class MeasuredSerializer(serializers.Serializer):
    """The figures this release was measured with."""

    measured_on = serializers.DateField(allow_null=True)
    embedder = serializers.CharField()
    split = serializers.CharField()
    figures = JudgedFigureSerializer(many=True)


class AcceptanceSerializer(serializers.Serializer):
    """How many of some answered matches were accepted."""

    answered = serializers.IntegerField(allow_null=True, help_text=_FEW)
    accepted_share = serializers.FloatField(allow_null=True, help_text=_FEW_SHARE)


class AcceptanceAtSerializer(AcceptanceSerializer):
    """Among the first k of the side that answered."""

    k = serializers.IntegerField()


class OriginAcceptanceSerializer(AcceptanceSerializer):
    """Of matches that the machine found, or that a curator proposed."""

    origin = serializers.CharField(help_text="machine or curated")


class ReasonCountSerializer(serializers.Serializer):
    """How often a reason was given; the empty one stands for all that were given rarely."""

    reason = serializers.CharField(allow_blank=True)
    count = serializers.IntegerField(allow_null=True, help_text=_FEW)


class TimesSerializer(serializers.Serializer):
    """How long people waited."""

    count = serializers.IntegerField(allow_null=True, help_text=_FEW)
    median_hours = serializers.FloatField(allow_null=True)
    p90_hours = serializers.FloatField(allow_null=True)
    unanswered_share = serializers.FloatField(allow_null=True, help_text=_FEW_SHARE)


class LiveSerializer(serializers.Serializer):
    """What people answered on this site."""

    acceptance = AcceptanceAtSerializer(many=True)
    by_origin = OriginAcceptanceSerializer(many=True)
    reasons = ReasonCountSerializer(many=True)
    first_answer = TimesSerializer(help_text="From a match found to its first answer.")
    first_reply = TimesSerializer(help_text="From a conversation begun to its first reply.")
    least = serializers.IntegerField(help_text="Smaller counts are not shown.")
    waited_days = serializers.IntegerField(help_text="Unanswered for so long counts as no answer.")


class FieldAcceptanceSerializer(AcceptanceSerializer):
    """By a highest class of the demand's fields."""

    label_en = serializers.CharField()
    label_zh = serializers.CharField()


class BandAcceptanceSerializer(AcceptanceSerializer):
    """By score, in points of a hundred."""

    to = serializers.IntegerField()

    def get_fields(self) -> Any:
        """With ``from``, which is a word of Python."""
        return {"from": serializers.IntegerField(), **super().get_fields()}


class LiveDetailsSerializer(LiveSerializer):
    """The same broken down."""

    by_field = FieldAcceptanceSerializer(many=True)
    by_score = BandAcceptanceSerializer(many=True)


class QualitySerializer(serializers.Serializer):
    """How good matching is."""

    judged = MeasuredSerializer()
    live = LiveSerializer()


class QualityDetailsSerializer(serializers.Serializer):
    """The same with the live figures broken down."""

    judged = MeasuredSerializer()
    live = LiveDetailsSerializer()


class SpreadSerializer(serializers.Serializer):
    """How often the live listings of a group were shown."""

    listings = serializers.IntegerField()
    never = serializers.IntegerField(help_text="Never shown.")
    impressions = serializers.IntegerField()
    top_share = serializers.FloatField(
        allow_null=True, help_text="The share of impressions of the tenth shown most."
    )
    gini = serializers.FloatField(allow_null=True, help_text="0: all alike; 1: one has all.")


class GroupSpreadSerializer(SpreadSerializer):
    """One kind, one language, or organisations that have been here for so long."""

    group = serializers.CharField(allow_blank=True)


class PlacesSerializer(serializers.Serializer):
    """Impressions by place."""

    lists = serializers.IntegerField()
    searches = serializers.IntegerField()
    matches = serializers.IntegerField()


class OutcomeSerializer(serializers.Serializer):
    """What became of matches."""

    matches = serializers.IntegerField()
    answered = serializers.IntegerField()
    accepted = serializers.IntegerField()


class ChanceSerializer(serializers.Serializer):
    """Matches shown because their listing is seldom seen, beside all others."""

    seldom_seen = OutcomeSerializer()
    others = OutcomeSerializer()


class ExposureSerializer(serializers.Serializer):
    """How exposure is spread over the listings."""

    kind = GroupSpreadSerializer(many=True)
    language = GroupSpreadSerializer(many=True)
    age = GroupSpreadSerializer(
        many=True, help_text="new: under three months; young: under a year; old; none."
    )
    places = PlacesSerializer()
    chance = ChanceSerializer()

    def get_fields(self) -> Any:
        """With ``all``, which is a word of Python."""
        return {"all": SpreadSerializer(), **super().get_fields()}
