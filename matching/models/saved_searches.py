"""Searches that users keep, and what was told of them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.fields import LineField
from accounts.models import User
from achievements.models import Listing
from matching.querysets import SavedSearchQuerySet


class SavedSearch(models.Model):
    """A query string with a name and an alert rhythm."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="saved_searches", verbose_name=_("user")
    )
    name = LineField(_("name"), max_length=100)
    query = models.CharField(_("search"), max_length=2000, blank=True)
    rhythm = models.CharField(
        _("alerts"), max_length=10, choices=User.Rhythm, default=User.Rhythm.DAILY
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    checked_until = models.DateTimeField(
        _("looked through until"),
        default=timezone.now,
        help_text=_("Listings published after this moment have not been reported yet."),
    )

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_search_name_once",
                violation_error_message=_("You already have a saved search with this name."),
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class SavedSearchHit(models.Model):
    """A listing that a saved search has reported, so that it is reported once."""

    saved_search = models.ForeignKey(
        SavedSearch, models.CASCADE, related_name="hits", verbose_name=_("saved search")
    )
    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="saved_search_hits", verbose_name=_("listing")
    )
    found_at = models.DateTimeField(_("reported"), default=timezone.now)

    class Meta:
        verbose_name = _("reported result")
        verbose_name_plural = _("reported results")
        constraints = [
            models.UniqueConstraint(
                fields=["saved_search", "listing"], name="saved_search_hit_once"
            )
        ]

    def __str__(self) -> str:
        """What was reported of which search."""
        return f"{self.saved_search}: {self.listing}"


class Arrival(models.Model):
    """When saved searches could first find a listing as it is now: text, meaning and all.

    Its own date of publication says too little: the transaction that published it may have
    committed, or its embedding may have been made, long after that.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="arrival",
        verbose_name=_("listing"),
    )
    at = models.DateTimeField(_("findable since"), db_index=True)

    class Meta:
        verbose_name = _("arrival in search")
        verbose_name_plural = _("arrivals in search")

    def __str__(self) -> str:
        """Which listing, when."""
        return f"{self.listing}, {self.at:%Y-%m-%d %H:%M}"
