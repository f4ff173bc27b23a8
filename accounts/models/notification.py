"""What is told to whom, once."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.querysets import DeliveryQuerySet, NotificationQuerySet


class Delivery(models.Model):
    """One e-mail: notifications of one user (one, or a digest), or a letter written in advance.

    A letter (a confirmation of an address, an invitation) has its ``address``, ``subject``,
    ``text`` and ``html`` here; they may hold secrets and are emptied once it is sent.
    ``started_at`` is written before the mail server is spoken to and ``sent_at`` after. A worker
    that dies in between leaves a started row, which is sent again under the same Message-ID once
    ``due_at`` passes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="deliveries",
        verbose_name=_("to"),
    )
    address = models.EmailField(_("address of a letter"), blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    is_digest = models.BooleanField(_("digest"), default=False)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    failed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(sent_at__isnull=True, failed_at__isnull=True),
                name="delivery_outstanding",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(recipient__isnull=False) | ~models.Q(address=""),
                name="delivery_goes_to_somebody",
            )
        ]

    def __str__(self) -> str:
        """To whom, due when."""
        return f"{self.recipient or self.address}, {self.due_at:%Y-%m-%d %H:%M}"


class Notification(models.Model):
    """One thing told to one user once; ``key`` names the thing, so telling it again is a no-op.

    ``kind`` names the templates under ``templates/notifications/<kind>/``; ``data`` holds plain
    values for them (titles in both languages, names that may be shown to this recipient).
    """

    recipient = models.ForeignKey(
        User, models.CASCADE, related_name="notifications", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    path = models.CharField(_("address"), max_length=300)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    email_wanted = models.BooleanField(default=True)
    email_after = models.DateTimeField(_("not by e-mail before"), null=True, blank=True)
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, blank=True, related_name="notifications"
    )

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="notification_told_once")
        ]
        indexes = [
            models.Index(
                fields=["recipient"],
                condition=models.Q(delivery__isnull=True, email_wanted=True),
                name="notification_awaiting",
            )
        ]

    def __str__(self) -> str:
        """What to whom."""
        return f"{self.kind}, {self.recipient}"
