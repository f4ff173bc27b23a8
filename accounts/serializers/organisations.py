"""How the API shows and takes organisations, their members and their documents."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from rest_framework import serializers

from accounts.models import (
    Invitation,
    Member,
    Organisation,
    OrganisationDocument,
    Region,
)
from accounts.services.letters import site_address
from accounts.services.organisations import EDITABLE


class RegionSerializer(serializers.ModelSerializer):
    """A country or a part of one."""

    parent: Any = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text="Code of the country."
    )
    name = serializers.CharField(read_only=True, source="__str__")

    class Meta:
        model = Region
        fields = ["code", "parent", "name", "name_en", "name_zh"]
        read_only_fields = fields


class VisibleOrganisationField(serializers.SlugRelatedField):
    """The short name of an organisation that the asking user may see.

    One that waits for verification is answered like one that does not exist, so that nobody can
    try out names.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("slug", queryset=Organisation.objects.all(), **kwargs)

    def get_queryset(self) -> Any:
        """Others do not exist here."""
        return Organisation.objects.visible_to(self.context["request"].user)


class OrganisationSerializer(serializers.ModelSerializer):
    """An organisation. ``name`` and ``description`` are in the language of the request."""

    url = serializers.SerializerMethodField(help_text="The organisation's page.")
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    region: Any = serializers.SlugRelatedField(
        "code",
        queryset=Region.objects.all(),
        required=False,
        allow_null=True,
        help_text="ISO 3166 code.",
    )
    logo = serializers.SerializerMethodField(help_text="Address of the logo, or null.")
    is_verified = serializers.BooleanField(read_only=True)

    class Meta:
        model = Organisation
        fields = [
            "slug",
            "url",
            "name",
            "description",
            *EDITABLE,
            "logo",
            "is_verified",
            "verified_at",
            "may_publish_directly",
            "is_sample",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "slug",
            "verified_at",
            "may_publish_directly",
            "is_sample",
        ]

    def get_url(self, organisation: Organisation) -> str:
        """Absolute, made of the site's own address."""
        return site_address(reverse("accounts:organisation_detail", args=[organisation.slug]))

    def get_logo(self, organisation: Organisation) -> str | None:
        """Absolute, made of the site's own address."""
        if not organisation.logo:
            return None
        return site_address(reverse("accounts:organisation_logo", args=[organisation.slug]))


class LogoSerializer(serializers.Serializer):
    """A new logo; PNG, JPEG or WebP."""

    logo = serializers.FileField()

    def validated_file(self) -> UploadedFile:
        """The uploaded file, once valid."""
        file: UploadedFile = self.validated_data["logo"]
        return file


class DocumentSerializer(serializers.ModelSerializer):
    """A document for verification; upload it as multipart."""

    upload = serializers.FileField(write_only=True)

    class Meta:
        model = OrganisationDocument
        fields = ["id", "kind", "name", "content_type", "size", "at", "virus_check", "upload"]
        read_only_fields = ["name", "content_type", "size", "at", "virus_check"]


class ReasonSerializer(serializers.Serializer):
    """Why something is done to somebody else."""

    reason = serializers.CharField(max_length=1000)


class VerifySerializer(serializers.Serializer):
    """What a verified organisation may do."""

    may_publish_directly = serializers.BooleanField(default=False)


class DirectPublishingSerializer(serializers.Serializer):
    """Whether a verified organisation publishes without review."""

    allowed = serializers.BooleanField()


class MemberSerializer(serializers.ModelSerializer):
    """A user's role in an organisation. E-mail addresses of members are not shown."""

    organisation: Any = serializers.SlugRelatedField("slug", read_only=True)
    user = serializers.IntegerField(read_only=True, source="user_id")
    name = serializers.CharField(read_only=True, source="user.__str__")

    class Meta:
        model = Member
        fields = ["id", "organisation", "user", "name", "role", "joined_at"]


class InvitationSerializer(serializers.ModelSerializer):
    """An open invitation. Its secret link is only in the e-mail."""

    organisation = VisibleOrganisationField()
    invited_by = serializers.CharField(read_only=True, source="invited_by.__str__")

    class Meta:
        model = Invitation
        fields = [
            "id",
            "organisation",
            "email",
            "role",
            "invited_by",
            "created_at",
            "expires_at",
            "accepted_at",
        ]
        read_only_fields = ["expires_at", "accepted_at"]


class SecretSerializer(serializers.Serializer):
    """The last part of an invitation's link."""

    secret = serializers.CharField(max_length=100)
