"""The mailbox of a demo, where e-mails end up instead of leaving the machine."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailboxMessage(models.Model):
    """One e-mail as it would have been sent. A message under a known Message-ID is kept once."""

    message_id = models.CharField(max_length=300, unique=True)
    sender = models.CharField(_("from"), max_length=300)
    recipients = ArrayField(models.CharField(max_length=300), verbose_name=_("to"))
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now, db_index=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name = _("e-mail of the demo")
        verbose_name_plural = _("e-mails of the demo")

    def __str__(self) -> str:
        """Its subject."""
        return self.subject
