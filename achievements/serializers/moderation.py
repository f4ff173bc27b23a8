"""Reports and appeals in the API."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from achievements.models import Appeal, Listing, OwnerAsk, Report, Reveal, Review
from achievements.services import stale_parts


class ReportMadeSerializer(serializers.ModelSerializer):
    """What anybody sends and gets back; no sign-in is needed."""

    listing: Any = serializers.PrimaryKeyRelatedField(queryset=Listing.objects.none())
    email = serializers.EmailField(
        required=False, allow_blank=True, write_only=True, help_text="Only for the answer."
    )
    language = serializers.ChoiceField(User.Language.choices, required=False, write_only=True)

    class Meta:
        model = Report
        fields = ["id", "listing", "reason", "note", "email", "language", "made_at", "due_on"]
        read_only_fields = ["made_at", "due_on"]
        validators: list[Any] = []

    def get_fields(self) -> dict[str, Any]:
        """Only listings that the user may see."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["listing"].queryset = Listing.objects.visible_to(request.user)
        return fields


class ReportSerializer(serializers.ModelSerializer):
    """A report as reviewers see it; ``by`` is empty for a visitor."""

    title = serializers.CharField(source="listing.title", read_only=True)
    kind = serializers.CharField(source="listing.kind", read_only=True)
    version = serializers.CharField(source="listing.version", read_only=True)
    by = serializers.CharField(source="by.name", read_only=True, default="")

    class Meta:
        model = Report
        fields = [
            "id",
            "listing",
            "title",
            "kind",
            "version",
            "reason",
            "note",
            "by",
            "made_at",
            "due_on",
            "outcome",
            "answer",
            "decided_at",
        ]
        read_only_fields = fields


class ReportDismissalSerializer(serializers.Serializer):
    """What who reported it is answered, and what the owners are told; both may be empty."""

    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class UpholdSerializer(ReportDismissalSerializer):
    """Why the listing is taken down. 409 when it has changed since ``seen``."""

    seen = serializers.CharField(max_length=60, help_text="The `version` that you have read.")
    reason = serializers.ChoiceField(Review.Reason.choices)


class AppealMadeSerializer(serializers.Serializer):
    """Why a listing should be published again."""

    statement = serializers.CharField(max_length=4000)


class AppealSerializer(serializers.ModelSerializer):
    """An appeal with the decision it is about."""

    listing: Any = serializers.PrimaryKeyRelatedField(source="review.listing", read_only=True)
    title = serializers.CharField(source="review.listing.title", read_only=True)
    kind = serializers.CharField(source="review.listing.kind", read_only=True)
    version = serializers.CharField(source="review.listing.version", read_only=True)
    reason = serializers.CharField(source="review.reason", read_only=True)
    note = serializers.CharField(source="review.note", read_only=True)

    class Meta:
        model = Appeal
        fields = [
            "id",
            "listing",
            "title",
            "kind",
            "version",
            "reason",
            "note",
            "statement",
            "made_at",
            "due_on",
            "granted",
            "answer",
            "decided_at",
        ]
        read_only_fields = fields


class AppealDecisionSerializer(serializers.Serializer):
    """Publish it again, or let the decision stand with a word why."""

    granted = serializers.BooleanField()
    answer = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    seen = serializers.CharField(max_length=60, help_text="The `version` that you have read.")


class OwnerAskSerializer(serializers.ModelSerializer):
    """A question to the owner of a stale listing."""

    class Meta:
        model = OwnerAsk
        fields = ["id", "listing", "reasons", "asked_at", "answered_at"]
        read_only_fields = fields


class StaleListingSerializer(serializers.ModelSerializer):
    """A stale listing: what is stale of it, and since when its owner has been asked."""

    title = serializers.CharField(read_only=True)
    parts = serializers.SerializerMethodField()
    nobody = serializers.BooleanField(
        source="stale_nobody", help_text="Nobody has an account there who could be asked."
    )
    asked_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = Listing
        fields = ["id", "kind", "title", "parts", "nobody", "asked_at", "updated_at", "expires_at"]
        read_only_fields = fields

    def get_parts(self, listing: Listing) -> list[str]:
        """Of price, figures, contact and reply."""
        return stale_parts(listing)


class RevealSerializer(serializers.ModelSerializer):
    """One side that may, or might, read a sealed demand."""

    organisation: Any = serializers.SlugRelatedField("slug", read_only=True)
    person = serializers.SerializerMethodField(help_text="Empty where an organisation reads.")
    read = serializers.SerializerMethodField(
        help_text="How often it was opened, once for each person and day."
    )

    class Meta:
        model = Reveal
        fields = ["id", "organisation", "person", "at", "ended_at", "read"]

    def get_person(self, reveal: Reveal) -> str:
        """The name of the person behind an expert profile."""
        return str(reveal.person) if reveal.person is not None else ""

    def get_read(self, reveal: Reveal) -> int:
        """From the audit."""
        return int(self.context["read"][reveal.pk])
