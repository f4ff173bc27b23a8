"""What the verbs take and answer."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import AuditEvent, User
from achievements.figures import Figure
from achievements.models import Claim, Expert, ExpertInvitation, Review
from achievements.presentation import history_item
from achievements.services.writing import content_fields


class ApproveSerializer(serializers.Serializer):
    """The version that was looked at, and a note to the owner. 409 when it has changed since."""

    seen = serializers.CharField(max_length=60, help_text="The `version` that you have read.")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class RejectSerializer(ApproveSerializer):
    """Why a listing is sent back."""

    reason = serializers.ChoiceField(Review.Reason.choices)


class MergeSerializer(serializers.Serializer):
    """Another profile of the same person, and the fields of which its value is kept."""

    other: Any = serializers.PrimaryKeyRelatedField(queryset=Expert.objects.none())
    take = serializers.ListField(
        child=serializers.ChoiceField([]),
        required=False,
        default=list,
        help_text="Names of the fields whose value is taken from the other profile.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Only profiles that the user may see, and fields that have content."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["other"].queryset = Expert.objects.visible_to(request.user).unmerged()
        fields["take"].child = serializers.ChoiceField(content_fields(Expert))
        return fields


class DuplicateSerializer(serializers.ModelSerializer):
    """Somebody who may be the same person."""

    class Meta:
        model = Expert
        fields = ["id", "title_en", "title_zh", "affiliation", "orcid", "state"]
        read_only_fields = fields

    affiliation = serializers.CharField(read_only=True)


class InvitationLinkSerializer(serializers.Serializer):
    """The link that lets its bearer take a profile over, and the token in it."""

    link = serializers.URLField(read_only=True)
    token = serializers.CharField(read_only=True)


class ExpertInviteSerializer(serializers.Serializer):
    """An address to which the link is sent as well; without one, nothing is sent."""

    email = serializers.EmailField(max_length=254, required=False)
    language = serializers.ChoiceField(
        User.Language.choices,
        required=False,
        help_text="Of the letter; by default that of the request.",
    )


class ExpertInvitationSerializer(serializers.ModelSerializer):
    """A letter that asked the person to take the profile over."""

    invited_by = serializers.CharField(source="invited_by.__str__", read_only=True, default="")

    class Meta:
        model = ExpertInvitation
        fields = ["id", "email", "language", "invited_by", "sent_at"]
        read_only_fields = fields


class TokenSerializer(serializers.Serializer):
    """The token of an invitation."""

    token = serializers.CharField(max_length=300)


class ClaimSerializer(serializers.ModelSerializer):
    """“This is me.”"""

    user = serializers.CharField(source="user.__str__", read_only=True)

    class Meta:
        model = Claim
        fields = ["id", "expert", "user", "statement", "made_at", "decided_at", "accepted"]
        read_only_fields = ["id", "expert", "user", "made_at", "decided_at", "accepted"]


class ClaimDecisionSerializer(serializers.Serializer):
    """Whether the profile is handed over."""

    accepted = serializers.BooleanField()


class HistorySerializer(serializers.Serializer):
    """Something that happened to a listing."""

    verb = serializers.CharField()
    title = serializers.SerializerMethodField()
    who = serializers.SerializerMethodField()
    at = serializers.DateTimeField()
    changed = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_title(self, event: AuditEvent) -> str:
        """In the request's language."""
        return str(history_item(event, self.context["kind"])["title"])

    @extend_schema_field(str)
    def get_who(self, event: AuditEvent) -> str:
        """The person, or the platform."""
        return str(history_item(event, self.context["kind"])["who"])

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_changed(self, event: AuditEvent) -> list[str]:
        """Names of the fields and rows that changed."""
        return list(event.data.get("changed", []))


class FigureTextSerializer(serializers.Serializer):
    """A text to look for figures in."""

    text = serializers.CharField(max_length=50_000, trim_whitespace=False)


class IgnoreSerializer(serializers.Serializer):
    """Proposals that are not to be made again."""

    ignore = serializers.ListField(
        child=serializers.CharField(max_length=16), max_length=100, help_text="Their keys."
    )


class ProposalSerializer(serializers.Serializer):
    """A figure found in a text, as the row that it would make. It is one only if you send it."""

    key = serializers.CharField(help_text="The same for the same statement.")
    quantity = serializers.CharField(help_text="As written; correct it where `known` is false.")
    known = serializers.SerializerMethodField(help_text="Whether the vocabulary has the quantity.")
    operator = serializers.CharField()
    value: Any = serializers.DecimalField(max_digits=20, decimal_places=6)
    value_max: Any = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    unit = serializers.CharField()
    sentence = serializers.CharField(help_text="Where it was found.")

    def get_known(self, figure: Figure) -> bool:
        """Recognised by a label or synonym."""
        return figure.term is not None


class ProposedBudgetSerializer(serializers.Serializer):
    """A budget found in a text. It is one only if you send it."""

    key = serializers.CharField(help_text="The same for the same amounts.")
    budget_min: Any = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, source="low"
    )
    budget_max: Any = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, source="high"
    )
    currency = serializers.CharField(help_text="ISO 4217.")
    words = serializers.CharField(help_text="What it was read from.")
    sentence = serializers.CharField(help_text="Where it was found.")


class ProposedDeadlineSerializer(serializers.Serializer):
    """A deadline found in a text. It is one only if you send it."""

    key = serializers.CharField(help_text="The same for the same words.")
    deadline = serializers.DateField(source="day", help_text="Periods are counted from today.")
    about_answers = serializers.BooleanField(
        help_text="False where the sentence speaks of what is wanted by then: answers may be "
        "needed earlier."
    )
    words = serializers.CharField(help_text="What it was read from.")
    sentence = serializers.CharField(help_text="Where it was found.")


class ProposedTermsSerializer(serializers.Serializer):
    """What a text says can be spent, and by when; null where it says nothing."""

    budget = ProposedBudgetSerializer(allow_null=True)
    deadline = ProposedDeadlineSerializer(allow_null=True)
