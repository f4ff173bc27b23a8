"""How the API shows and takes what belongs to a user, and the audit trail."""

from typing import Any

from rest_framework import serializers

from accounts.models import (
    ApiToken,
    AuditEvent,
    Notification,
    User,
)
from accounts.services.letters import site_address
from accounts.services.rendering import Told, render_notification, render_notifications
from accounts.services.tokens import LONGEST_LIFE_DAYS


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
