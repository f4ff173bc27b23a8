"""Achievements, demands and experts as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from accounts.models import Region
from accounts.serializers import VisibleOrganisationField
from accounts.services.letters import site_address
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.serializers.attachments import AttachmentSerializer
from achievements.serializers.fields import ReadByMixin, TermKeysField
from achievements.serializers.rows import (
    EvidenceSerializer,
    InventorSerializer,
    IPRightSerializer,
    RequirementSerializer,
)
from achievements.services.writing import ROWS, content_fields

READ_ONLY = [
    "id",
    "kind",
    "url",
    "state",
    "title",
    "summary",
    "is_sample",
    "submitted_at",
    "published_at",
    "expires_at",
    "created_at",
    "updated_at",
    "edited_at",
    "version",
]


class ListingSummarySerializer(ReadByMixin, serializers.ModelSerializer):
    """A listing of any kind in a list; ``title`` and ``summary`` in the request's language.

    ``organisation`` is null where an anonymous demand does not tell you.
    """

    url = serializers.SerializerMethodField(help_text="The listing's page.")
    organisation = serializers.SerializerMethodField(help_text="Short name, or null.")
    region: Any = serializers.SlugRelatedField("code", read_only=True, allow_null=True)
    title = serializers.CharField(read_only=True)
    summary = serializers.CharField(read_only=True)

    class Meta:
        model = Listing
        fields = [
            *("id", "kind", "url", "state", "visibility", "disclosure"),
            *("title", "title_en", "title_zh", "summary", "summary_en", "summary_zh"),
            *("organisation", "region", "is_sample"),
            *("published_at", "expires_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is also the name of something else in Python."""
        declared = super().get_fields()
        declared["fields"] = TermKeysField(read_only=True)
        return declared

    def get_url(self, listing: Listing) -> str:
        """Absolute, made of the site's own address."""
        return site_address(listing.get_absolute_url())

    def get_organisation(self, listing: Listing) -> str | None:
        """The organisation's short name, as far as this reader may know."""
        organisation = listing.organisation
        if organisation is None or not self.reader.may_see_organisation(listing):
            return None
        return organisation.slug


class ListingSerializer(ReadByMixin, serializers.ModelSerializer):
    """What all kinds share. Values are checked here for their form, by the services for the rest.

    ``organisation`` is null where an anonymous demand does not tell you; ``external_id`` is only
    shown to the organisation and administrators. ``version`` names the present content: sent back
    as ``seen``, it keeps a colleague's change from being overwritten (409). ``edited_at`` tells its
    editors and administrators since when it holds changes that no reviewer has seen.
    """

    url = serializers.SerializerMethodField(help_text="The listing's page.")
    title = serializers.CharField(read_only=True, help_text="In the request's language.")
    summary = serializers.CharField(read_only=True, help_text="In the request's language.")
    organisation = VisibleOrganisationField(
        required=False,
        allow_null=True,
        help_text="Short name; by default the organisation you act for. Cannot be changed.",
    )
    region: Any = serializers.SlugRelatedField(
        "code",
        queryset=Region.objects.all(),
        required=False,
        allow_null=True,
        help_text="ISO 3166 code.",
    )
    version = serializers.SerializerMethodField()
    seen = serializers.CharField(write_only=True, required=False, max_length=60)
    attachments = serializers.SerializerMethodField()

    def get_fields(self) -> dict[str, Any]:
        """``fields`` is also the name of something else in Python."""
        declared: dict[str, Any] = super().get_fields()
        declared["fields"] = TermKeysField(required=False, help_text="`vocabulary:code`.")
        return declared

    def get_url(self, listing: Listing) -> str:
        """Absolute, made of the site's own address."""
        return site_address(listing.get_absolute_url())

    def get_version(self, listing: Listing) -> str:
        """Names the present content."""
        return listing.version

    def get_attachments(self, listing: Listing) -> list[dict[str, Any]]:
        """The files this reader may open."""
        files = getattr(listing, "visible_files", [])
        for file in files:
            file.listing = listing
        serializer = AttachmentSerializer(files, many=True, context=self.context)
        return list(serializer.data)

    def to_representation(self, instance: Listing) -> dict[str, Any]:
        """Leave out what this reader may not know."""
        data: dict[str, Any] = super().to_representation(instance)
        if not self.reader.may_see_organisation(instance):
            data["organisation"] = None
        if not self.reader.may_see_own_number(instance):
            data["external_id"] = ""
        if not (self.reader.may_see_own_number(instance) or self.reader.may_edit(instance)):
            data["edited_at"] = None
        return data

    def split(self) -> tuple[dict[str, Any], dict[str, Any], str | None]:
        """Values, rows and ``seen`` for the services, from what was sent."""
        sent = dict(self.validated_data)
        seen = sent.pop("seen", None)
        sent.pop("organisation", None)
        model: type[Listing] = self.Meta.model
        rows = {name: sent.pop(name) for name in ROWS[_kind(model)] if name in sent}
        return sent, rows, seen


def _names(model: type[Listing], *more: str) -> list[str]:
    """Every content field of one kind and its rows; nothing that only services may set."""
    names = [*READ_ONLY, "organisation", "region", *content_fields(model), *ROWS[_kind(model)]]
    return list(dict.fromkeys([*names, *more, "attachments", "seen"]))


def _kind(model: type[Listing]) -> str:
    return str(model._meta.model_name)


# Model and database hold these; a serializer's own check would ask twice.
_UNCHECKED: dict[str, dict[str, Any]] = {"external_id": {"validators": []}}


class AchievementSerializer(ListingSerializer):
    """An achievement with its rows; a list of rows that is sent replaces the whole list."""

    evidence = EvidenceSerializer(many=True, required=False)
    ip_rights = IPRightSerializer(many=True, required=False)
    inventors = InventorSerializer(many=True, required=False)
    trl_verified = serializers.SerializerMethodField()

    class Meta:
        model = Achievement
        fields = _names(Achievement, "trl_verified")
        read_only_fields = READ_ONLY
        validators: list[Any] = []
        extra_kwargs = _UNCHECKED

    def get_trl_verified(self, achievement: Achievement) -> bool:
        """Whether the readiness has been checked by somebody else."""
        return achievement.trl_verified_at is not None


class DemandSerializer(ListingSerializer):
    """A demand with its requirement rows; a list of rows that is sent replaces the whole list."""

    requirements = RequirementSerializer(many=True, required=False)

    class Meta:
        model = Demand
        fields = _names(Demand)
        read_only_fields = READ_ONLY
        validators: list[Any] = []
        extra_kwargs = _UNCHECKED


class ExpertSerializer(ListingSerializer):
    """A person of the pool. ``is_me`` in a new profile says that it describes yourself."""

    claimed = serializers.SerializerMethodField()
    merged_into: Any = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    is_me = serializers.BooleanField(write_only=True, required=False, default=False)

    class Meta:
        model = Expert
        fields = _names(Expert, "claimed", "admitted_at", "merged_into", "is_me")
        read_only_fields = [*READ_ONLY, "admitted_at"]
        validators: list[Any] = []
        extra_kwargs = {**_UNCHECKED, "orcid": {"validators": []}}

    def get_claimed(self, expert: Expert) -> bool:
        """Whether the person has taken the profile over."""
        return expert.user_id is not None

    def split(self) -> tuple[dict[str, Any], dict[str, Any], str | None]:
        """``is_me`` decides which service is called; it is no content."""
        values, rows, seen = super().split()
        values.pop("is_me", None)
        return values, rows, seen
