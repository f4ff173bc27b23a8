"""What an organisation has put on its shortlist."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models import Listing
from matching.querysets import ShortlistQuerySet


class ShortlistEntry(models.Model):
    """A listing that an organisation keeps in view, with a note for its own members only."""

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="shortlist",
        verbose_name=_("organisation"),
    )
    listing = models.ForeignKey(
        Listing,
        models.CASCADE,
        related_name="shortlist_entries",
        verbose_name=_("listing"),
    )
    note = models.TextField(_("note"), max_length=2000, blank=True)
    added_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("added by")
    )
    added_at = models.DateTimeField(_("added"), default=timezone.now)

    objects = ShortlistQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        verbose_name = _("shortlisted listing")
        verbose_name_plural = _("shortlisted listings")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "listing"], name="shortlist_once")
        ]

    def __str__(self) -> str:
        """What is on whose list."""
        return f"{self.organisation}: {self.listing}"
