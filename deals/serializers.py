"""The API's shape of introductions; names only as the reader may know them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Organisation, User
from accounts.serializers import VisibleOrganisationField
from achievements.models import Listing
from deals.models import BODY_LENGTH, SUBJECT_LENGTH, Introduction, Message, PortfolioView
from deals.permissions import writing_organisations
from deals.portfolio import assignee_of, days_left, quality_of, tags_of
from deals.services.portfolio import VERBS
from deals.sides import Party, Reader
from matching.models import Match


class PartySerializer(serializers.Serializer):
    """One side: its name, its organisation's short name (null for people and anonymous sides)."""

    name = serializers.CharField()
    organisation = serializers.SlugField(source="organisation.slug", default=None, allow_null=True)
    anonymous = serializers.BooleanField()


class ListingBriefSerializer(serializers.Serializer):
    """What a thread is about."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Listing.Kind.choices)
    title = serializers.CharField()


class ReadByMixin:
    """Serializers whose answer depends on who reads."""

    context: dict[str, Any]

    @property
    def reader(self) -> Reader:
        """The signed-in user behind the request; the same one for every row."""
        if "reader" not in self.context:
            self.context["reader"] = Reader(self.context["request"].user)
        reader: Reader = self.context["reader"]
        return reader


class MessageSerializer(ReadByMixin, serializers.ModelSerializer):
    """One message of a thread."""

    author = serializers.SerializerMethodField()
    own = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ["id", "author", "own", "from_sender", "body", "sent_at"]

    def get_author(self, message: Message) -> str:
        """The person's name, or the side's where it is anonymous to the reader."""
        return self.reader.author_name(message.introduction, message)

    def get_own(self, message: Message) -> bool:
        """Whether the reader's own side wrote it."""
        return self.reader.wrote(message.introduction, message)


class IntroductionSerializer(ReadByMixin, serializers.ModelSerializer):
    """An introduction without its messages. ``listing`` is null when it is no longer shown."""

    listing = serializers.SerializerMethodField()
    direction = serializers.SerializerMethodField()
    sender = serializers.SerializerMethodField()
    recipient = serializers.SerializerMethodField()
    unread = serializers.BooleanField(read_only=True)

    class Meta:
        model = Introduction
        fields = [
            "id", "listing", "match", "subject", "direction", "sender", "recipient",
            "unread", "created_at", "last_message_at",
        ]  # fmt: skip

    @extend_schema_field(ListingBriefSerializer(allow_null=True))
    def get_listing(self, introduction: Introduction) -> dict[str, Any] | None:
        """Only while the reader may see the listing."""
        if not introduction.listing_shown:  # type: ignore[attr-defined]  # annotated
            return None
        return dict(ListingBriefSerializer(introduction.listing).data)

    @extend_schema_field(serializers.ChoiceField(["sent", "received"]))
    def get_direction(self, introduction: Introduction) -> str:
        """Whether the reader's side began or was written to."""
        seat = self.reader.seat(introduction)
        return "sent" if seat is not None and seat.began else "received"

    @extend_schema_field(PartySerializer)
    def get_sender(self, introduction: Introduction) -> dict[str, Any]:
        """The side that began."""
        return self._party(self.reader.party(introduction, began=True))

    @extend_schema_field(PartySerializer)
    def get_recipient(self, introduction: Introduction) -> dict[str, Any]:
        """The side written to."""
        return self._party(self.reader.party(introduction, began=False))

    def _party(self, party: Party) -> dict[str, Any]:
        return dict(PartySerializer(party).data)


class ThreadSerializer(IntroductionSerializer):
    """An introduction with its messages, oldest first."""

    messages = MessageSerializer(many=True, read_only=True)

    class Meta(IntroductionSerializer.Meta):
        fields = [*IntroductionSerializer.Meta.fields, "messages"]


class VisibleField(serializers.PrimaryKeyRelatedField):
    """A row that the asking user may see, by number."""

    def get_queryset(self) -> Any:
        """Rows others may see do not exist here."""
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user)


class WritingOrganisationField(serializers.SlugRelatedField):
    """One of the organisations the asking user may write for."""

    def get_queryset(self) -> Any:
        """Others do not exist here."""
        user: User = self.context["request"].user
        return writing_organisations(user) if user.is_authenticated else Organisation.objects.none()


class TokenSerializer(serializers.Serializer):
    """Input that makes one message however often it is sent under the same token."""

    token = serializers.UUIDField(
        required=False,
        help_text="Any UUID of yours. Sent again with the same token, nothing is made twice.",
    )


class IntroductionInputSerializer(TokenSerializer):
    """What begins an introduction."""

    listing = VisibleField(queryset=Listing.objects.all())
    match = VisibleField(queryset=Match.objects.all(), required=False, allow_null=True)
    organisation = WritingOrganisationField(
        "slug", queryset=Organisation.objects.all(), required=False, allow_null=True
    )
    subject = serializers.CharField(max_length=SUBJECT_LENGTH)
    body = serializers.CharField(max_length=BODY_LENGTH)


class ReplyInputSerializer(TokenSerializer):
    """What answers in a thread."""

    body = serializers.CharField(max_length=BODY_LENGTH)


class PortfolioRowSerializer(serializers.ModelSerializer):
    """A listing of the portfolio with what became of it."""

    title = serializers.CharField(read_only=True)
    organisation: Any = serializers.SlugRelatedField("slug", read_only=True)
    views = serializers.IntegerField(read_only=True, help_text="Openings of its page by others.")
    shown = serializers.IntegerField(
        read_only=True, help_text="In lists, searches and matches of others."
    )
    introductions = serializers.IntegerField(source="introductions_asked", read_only=True)
    matches = serializers.IntegerField(source="matches_open", read_only=True)
    days_left = serializers.SerializerMethodField(help_text="Until it expires, or null.")
    quality = serializers.SerializerMethodField(help_text="From 0 to 100; null until rated.")
    tags = serializers.SerializerMethodField()
    assignee = serializers.SerializerMethodField(help_text="Name of the colleague, or empty.")

    class Meta:
        model = Listing
        fields = [
            "id", "kind", "state", "title", "organisation", "views", "shown", "introductions",
            "matches", "days_left", "quality", "tags", "assignee", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_days_left(self, listing: Listing) -> int | None:
        """Whole days."""
        return days_left(listing)

    def get_quality(self, listing: Listing) -> int | None:
        """Its score."""
        return quality_of(listing)

    def get_tags(self, listing: Listing) -> list[str]:
        """The office's own."""
        return tags_of(listing)

    def get_assignee(self, listing: Listing) -> str:
        """Who looks after it."""
        return assignee_of(listing)


class BulkSerializer(serializers.Serializer):
    """What is to be done to which listings."""

    verb = serializers.ChoiceField(tuple(VERBS.items()))
    listings: Any = serializers.PrimaryKeyRelatedField(
        many=True, queryset=Listing.objects.none(), allow_empty=False
    )
    tag = serializers.CharField(max_length=40, required=False, default="")
    assignee: Any = serializers.SlugRelatedField(
        "email",
        queryset=User.objects.none(),
        required=False,
        default=None,
        allow_null=True,
        help_text="E-mail address of a colleague; null for nobody.",
    )

    def get_fields(self) -> dict[str, Any]:
        """Only listings of the portfolio, only colleagues."""
        fields: dict[str, Any] = super().get_fields()
        rows = self.context.get("rows")
        if rows is not None:
            fields["listings"].child_relation.queryset = rows
            own = rows.order_by().values("organisation")
            colleagues = User.objects.filter(is_active=True, memberships__organisation__in=own)
            fields["assignee"].queryset = colleagues.distinct()
        return fields


class PortfolioOutcomeSerializer(serializers.Serializer):
    """What became of one listing."""

    listing = serializers.IntegerField(source="listing.pk")
    done = serializers.BooleanField()
    message = serializers.CharField(help_text="Why not; empty where it was done.")


class PortfolioViewSerializer(serializers.ModelSerializer):
    """A saved view of a portfolio. ``query`` is that of the portfolio's address."""

    organisation = VisibleOrganisationField(required=False)
    own = serializers.SerializerMethodField()

    class Meta:
        model = PortfolioView
        fields = ["id", "organisation", "name", "query", "shared", "own", "created_at"]
        read_only_fields = ["id", "created_at"]
        validators: list[Any] = []

    def get_own(self, view: PortfolioView) -> bool:
        """Whether it is the reader's."""
        return view.user_id == self.context["request"].user.pk
