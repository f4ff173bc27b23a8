"""How often listings are shown, so that none is overlooked for good. No reader is kept."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.models import Listing
from matching.models.matches import Match


class Exposure(models.Model):
    """How often a listing stood in a list, in the results of a search or in a match of others, and
    how often its page was opened by others than those who edit it.

    Counts arrive in batches (:mod:`matching.services.exposure`). A listing without a row was never
    shown.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="exposure",
        verbose_name=_("listing"),
    )
    lists = models.PositiveBigIntegerField(_("in lists"), default=0)
    searches = models.PositiveBigIntegerField(_("in searches"), default=0)
    matches = models.PositiveBigIntegerField(_("in matches"), default=0)
    openings = models.PositiveBigIntegerField(_("opened"), default=0)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")

    def __str__(self) -> str:
        """The listing's number."""
        return str(self.pk)

    @property
    def total(self) -> int:
        """Wherever it was shown."""
        return self.lists + self.searches + self.matches


class Chance(models.Model):
    """How often a match was shown for the fair chance of a listing seldom seen."""

    match = models.OneToOneField(
        Match,
        models.CASCADE,
        primary_key=True,
        related_name="chance",
        verbose_name=_("match"),
    )
    shown = models.PositiveBigIntegerField(_("shown"), default=0)

    class Meta:
        verbose_name = _("fair chance")
        verbose_name_plural = _("fair chances")

    def __str__(self) -> str:
        """The match's number."""
        return str(self.pk)
