"""How the API shows and takes what this package holds."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from rest_framework import serializers

from accounts.models import (
    ApiToken,
    AuditEvent,
    Invitation,
    Member,
    Notification,
    Organisation,
    OrganisationDocument,
    Region,
    User,
)
from accounts.services.letters import site_address
from accounts.services.organisations import EDITABLE
from accounts.services.rendering import Told, render_notification, render_notifications
from accounts.services.tokens import LONGEST_LIFE_DAYS


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
        fields = ["id", "kind", "name", "content_type", "size", "at", "upload"]
        read_only_fields = ["name", "content_type", "size", "at"]


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

    organisation: Any = serializers.SlugRelatedField("slug", queryset=Organisation.objects.all())
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


class PreferencesSerializer(serializers.ModelSerializer):
    """Oneself: address and roles to read, preferences to change."""

    is_administrator = serializers.BooleanField(read_only=True)
    active_organisation: Any = serializers.SlugRelatedField("slug", read_only=True, allow_null=True)
    unread_notifications = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "name",
            "language",
            "time_zone",
            "email_rhythm",
            "active_organisation",
            "is_curator",
            "is_moderator",
            "is_superuser",
            "is_administrator",
            "date_joined",
            "unread_notifications",
        ]
        read_only_fields = [
            "email",
            "is_curator",
            "is_moderator",
            "is_superuser",
            "date_joined",
        ]

    def get_unread_notifications(self, user: User) -> int:
        """How many notifications have not been opened."""
        return user.notifications.unread().count()


class ApiTokenSerializer(serializers.ModelSerializer):
    """A token without its secret, which nobody can read again."""

    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=ApiToken.Scope.choices), read_only=True
    )

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer):
    """What a new token may do and for how long."""

    name = serializers.CharField(max_length=100)
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_LIFE_DAYS, default=90)


class CreatedTokenSerializer(ApiTokenSerializer):
    """A new token with its secret: the only time it is shown."""

    secret = serializers.CharField(read_only=True)

    class Meta(ApiTokenSerializer.Meta):
        fields = [*ApiTokenSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class NotificationListSerializer(serializers.ListSerializer):
    """Puts a whole page into words at once."""

    def to_representation(self, data: Any) -> list[Any]:
        """The rows, with the words of each at hand."""
        rows = list(data)
        words = zip(rows, render_notifications(rows), strict=True)
        self.child.words = {row.pk: told for row, told in words}  # type: ignore[union-attr]
        return super().to_representation(rows)


class NotificationSerializer(serializers.ModelSerializer):
    """Something told to oneself; ``title`` and ``body`` in the language of the request."""

    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField(help_text="Where it leads.")

    class Meta:
        model = Notification
        list_serializer_class = NotificationListSerializer
        fields = ["id", "kind", "title", "body", "url", "created_at", "read_at"]
        read_only_fields = fields

    words: dict[int, Told] = {}  # filled for the rows of a list

    def _told(self, notification: Notification) -> Told:
        return self.words.get(notification.pk) or render_notification(notification)

    def get_title(self, notification: Notification) -> str:
        """One line."""
        return self._told(notification).title

    def get_body(self, notification: Notification) -> str:
        """What else there is to say; may be empty."""
        return self._told(notification).body

    def get_url(self, notification: Notification) -> str:
        """Absolute, made of the site's own address."""
        return site_address(notification.path)


class CountSerializer(serializers.Serializer):
    """How many rows were concerned."""

    count = serializers.IntegerField()


class AuditEventSerializer(serializers.ModelSerializer):
    """Who did what to which object when."""

    actor = serializers.IntegerField(read_only=True, source="actor_id", allow_null=True)
    actor_name = serializers.SerializerMethodField()
    organisation = serializers.SerializerMethodField()
    data: Any = serializers.DictField(read_only=True)

    class Meta:
        model = AuditEvent
        fields = [
            "id",
            "at",
            "verb",
            "actor",
            "actor_name",
            "object_type",
            "object_id",
            "organisation",
            "data",
        ]
        read_only_fields = fields

    def get_actor_name(self, event: AuditEvent) -> str | None:
        """The actor's name; null for the platform itself and for users who are gone."""
        return str(event.actor) if _exists(event, "actor") else None

    def get_organisation(self, event: AuditEvent) -> str | None:
        """The organisation's short name, if it concerns one that still exists."""
        organisation: Any = event.organisation if _exists(event, "organisation") else None
        return organisation.slug if organisation is not None else None


def _exists(event: AuditEvent, name: str) -> bool:
    """Whether the referenced row was there when the events were asked for."""
    return event._state.fields_cache.get(name) is not None
