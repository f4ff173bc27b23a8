"""Matches in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from achievements.models import Demand, Listing
from achievements.serializers.listings import ListingSummarySerializer
from matching.cards import MatchReader, match_card
from matching.models import Curation, Decision, Match


class ComponentSerializer(serializers.Serializer):
    """One part of a score."""

    name = serializers.CharField()
    value = serializers.FloatField(
        allow_null=True, help_text="0 to 1; null where the listings do not both say enough."
    )
    weight = serializers.FloatField(required=False)
    points = serializers.FloatField(
        required=False,
        help_text="Only of “answers”: how far answers to other matches moved the score.",
    )


class ReasonSerializer(serializers.Serializer):
    """Why the two match: a code with its facts, and the sentence in the request's language."""

    code = serializers.CharField()
    data: Any = serializers.DictField()


class SentenceSerializer(serializers.Serializer):
    """A reason in the language of the request."""

    tone = serializers.CharField(help_text="good, bad or unknown")
    text: Any = serializers.CharField()
    quote = serializers.CharField(required=False, help_text="A passage of one of the listings.")
    lang = serializers.CharField(required=False, help_text="The language of the passage.")


class ComparedSerializer(serializers.Serializer):
    """A requirement beside the evidence, figures in the demand's unit."""

    key = serializers.CharField(help_text="Names the row where you ask its owner.")
    label: Any = serializers.CharField()
    must = serializers.BooleanField()
    asked = serializers.CharField()
    offered = serializers.CharField()
    result = serializers.CharField(help_text="pass, fail or unknown")
    note = serializers.CharField()


class DecisionSerializer(serializers.ModelSerializer):
    """What one side answered."""

    class Meta:
        model = Decision
        fields = ["side", "verdict", "reason", "note", "snoozed_until", "at", "returned_at"]
        extra_kwargs = {
            "returned_at": {
                "help_text": "Since when a dismissal stands no longer: what was wrong has changed."
            }
        }


class CurationSerializer(serializers.ModelSerializer):
    """That a curator proposed the match, and why."""

    class Meta:
        model = Curation
        fields = ["reason", "at"]


class ProposeSerializer(serializers.Serializer):
    """Which two should talk, and why; both sides read the reason."""

    demand: Any = serializers.PrimaryKeyRelatedField(queryset=Demand.objects.none())
    candidate: Any = serializers.PrimaryKeyRelatedField(
        queryset=Listing.objects.none(), help_text="An achievement or an expert."
    )
    reason = serializers.CharField(max_length=1000)

    def get_fields(self) -> dict[str, Any]:
        """Only listings that the user may see."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["demand"].queryset = Demand.objects.visible_to(request.user)
            fields["candidate"].queryset = Listing.objects.visible_to(request.user)
        return fields


class FindSerializer(serializers.Serializer):
    """For which demand, and by what."""

    demand: Any = serializers.PrimaryKeyRelatedField(queryset=Demand.objects.none())
    q = serializers.CharField(
        max_length=2000,
        help_text="Words, a number or address, an organisation, a patent number, an ORCID iD.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Only demands that the user may see."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["demand"].queryset = Demand.objects.visible_to(request.user)
        return fields


class ProposableSerializer(serializers.Serializer):
    """A listing that may be meant."""

    id = serializers.IntegerField(source="listing.pk")
    kind = serializers.CharField(source="listing.kind")
    title = serializers.CharField(source="listing.title")
    organisation = serializers.CharField(
        source="listing.organisation.slug", default=None, allow_null=True
    )
    match = serializers.IntegerField(
        allow_null=True, help_text="The match there is already; null: none."
    )
    may = serializers.BooleanField(help_text="Whether the two may be matched at all.")


class MatchSerializer(serializers.ModelSerializer):
    """A demand and a candidate, how well they fit and why, and what either side answered."""

    demand = serializers.SerializerMethodField()
    candidate = serializers.SerializerMethodField()
    score: Any = serializers.FloatField(help_text="0 to 1.")
    components = serializers.SerializerMethodField()
    reasons = ReasonSerializer(many=True)
    sentences = serializers.SerializerMethodField()
    requirements = serializers.SerializerMethodField()
    my_side = serializers.CharField(
        help_text="demand or candidate: whose listing is yours; empty for administrators."
    )
    revealed = serializers.SerializerMethodField(
        help_text="Of a sealed demand: whether the other side may read it; null for any other."
    )
    decisions = serializers.SerializerMethodField(
        help_text="The answers; that the other side has put it aside is not shown."
    )
    weights: Any = serializers.SlugRelatedField("version", read_only=True)
    proposed = CurationSerializer(
        source="curation",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="Null where the machine found it.",
    )

    class Meta:
        model = Match
        fields = [
            "id",
            "demand",
            "candidate",
            "kind",
            "score",
            "components",
            "reasons",
            "sentences",
            "requirements",
            "my_side",
            "revealed",
            "decisions",
            "weights",
            "proposed",
            "created_at",
            "updated_at",
        ]

    @extend_schema_field(ListingSummarySerializer)
    def get_demand(self, match: Match) -> dict[str, Any]:
        """The demand as lists show it to this reader."""
        return dict(ListingSummarySerializer(match.demand, context=self.context).data)

    @extend_schema_field(ListingSummarySerializer)
    def get_candidate(self, match: Match) -> dict[str, Any]:
        """The achievement or expert as lists show it to this reader."""
        return dict(ListingSummarySerializer(match.candidate, context=self.context).data)

    @extend_schema_field(ComponentSerializer(many=True))
    def get_components(self, match: Match) -> list[dict[str, Any]]:
        """The parts of the score, in the order of the weights; last what answers moved it by."""
        parts = [{"name": name, **part} for name, part in match.components.items()]
        if match.moves:
            points = float(match.score - match.base)
            parts.append({"name": "answers", "value": None, "points": points})
        return parts

    @extend_schema_field(SentenceSerializer(many=True))
    def get_sentences(self, match: Match) -> list[dict[str, Any]]:
        """The reasons as the page says them."""
        reader: MatchReader = self.context["reader"]
        rows: list[dict[str, Any]] = match_card(match, reader)["reasons"]
        return rows

    @extend_schema_field(ComparedSerializer(many=True))
    def get_requirements(self, match: Match) -> list[dict[str, Any]]:
        """The rows of the demand beside the evidence, as the page shows them."""
        reader: MatchReader = self.context["reader"]
        rows = match_card(match, reader)["requirements"]
        return list(ComparedSerializer(rows, many=True).data)

    @extend_schema_field(serializers.BooleanField(allow_null=True))
    def get_revealed(self, match: Match) -> bool | None:
        """Null unless the demand is sealed."""
        reader: MatchReader = self.context["reader"]
        return reader.has_revealed(match) if match.demand.is_sealed else None

    @extend_schema_field(DecisionSerializer(many=True))
    def get_decisions(self, match: Match) -> list[dict[str, Any]]:
        """Both sides' answers, without another side's snooze."""
        mine = getattr(match, "my_side", "")
        shown = [
            answer
            for answer in match.decisions.all()
            if answer.side == mine or answer.verdict != Decision.Verdict.SNOOZED
        ]
        return list(DecisionSerializer(shown, many=True).data)


class SideSerializer(serializers.Serializer):
    """For which side to answer; only who has both must say it."""

    side = serializers.ChoiceField(choices=Decision.Side.choices, required=False)


class DismissSerializer(SideSerializer):
    """Why a match is dismissed."""

    reason = serializers.ChoiceField(choices=Decision.Reason.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")


class SnoozeSerializer(SideSerializer):
    """Until when a match is put aside."""

    until = serializers.DateField()
