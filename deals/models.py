"""How two sides come to talk: introductions and their messages."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models import Listing
from deals.querysets import IntroductionQuerySet
from matching.models import Match


class Introduction(models.Model):
    """One side writes to the other about a listing or an accepted match.

    ``sender_anonymous`` and ``recipient_anonymous`` are fixed when it begins: the side of an
    anonymous demand stays anonymous in the thread, and answers through the platform.
    """

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="introductions", verbose_name=_("listing")
    )
    match = models.ForeignKey(
        Match,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="introductions",
        verbose_name=_("match"),
    )
    subject = models.CharField(_("subject"), max_length=200)
    sender = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("from")
    )
    sender_organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="introductions_sent",
        verbose_name=_("from organisation"),
    )
    recipient_organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="introductions_received",
        verbose_name=_("to organisation"),
    )
    recipient = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to"),
        help_text=_(
            "The expert who claimed the profile; empty where an organisation is addressed."
        ),
    )
    sender_anonymous = models.BooleanField(default=False)
    recipient_anonymous = models.BooleanField(default=False)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now)

    objects = IntroductionQuerySet.as_manager()

    class Meta:
        ordering = ["-last_message_at", "-pk"]
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")

    def __str__(self) -> str:
        """Its subject."""
        return self.subject


class Message(models.Model):
    """One message of an introduction's thread. Plain text."""

    introduction = models.ForeignKey(
        Introduction,
        models.CASCADE,
        related_name="messages",
        verbose_name=_("introduction"),
    )
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    from_sender = models.BooleanField(_("written by the side that began"))
    body = models.TextField(_("message"), max_length=10000)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        ordering = ["sent_at", "pk"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")

    def __str__(self) -> str:
        """When it was sent."""
        return f"{self.sent_at:%Y-%m-%d %H:%M}"
