"""API tokens."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import LineField
from accounts.models.user import User
from accounts.querysets import ApiTokenQuerySet


class ApiToken(models.Model):
    """A scoped, expiring key to the API. Shown once when made; only its SHA-256 hash is kept."""

    class Scope(models.TextChoices):
        """What a token may do."""

        READ = "read", _("Read")
        WRITE = "write", _("Read and change")

    user = models.ForeignKey(
        User, models.CASCADE, related_name="api_tokens", verbose_name=_("user")
    )
    name = LineField(
        _("name"),
        max_length=100,
        help_text=_("What uses this token, for example “nightly export”."),
    )
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=Scope),
        verbose_name=pgettext_lazy("API token", "may"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("holds until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        """Its name and first characters."""
        return f"{self.name} ({self.prefix}…)"
