"""How an organisation's office looks after its listings; nobody else reads it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models.listing import Listing

MAX_TAGS = 20


class OfficeNote(models.Model):
    """Who of the organisation looks after a listing, and the organisation's own tags for it.

    No content: neither search nor matching reads it, so it leaves ``updated_at`` as it is.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="office_note",
        verbose_name=_("listing"),
    )
    assignee = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("looked after by"),
    )
    tags = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("own tags")
    )

    class Meta:
        verbose_name = _("office note")
        verbose_name_plural = _("office notes")

    def __str__(self) -> str:
        """The tags."""
        return ", ".join(self.tags)
