"""What a listing said at each of its savings."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models.imports import ImportRun
from achievements.models.listing import Listing


class ListingVersion(models.Model):
    """All that people had filled in after one saving: ``values``, ``fields`` and ``rows``.

    Numbered from 1 for each listing; never changed. An imported listing gets its first version
    when it is first changed here.
    """

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="versions", verbose_name=_("listing")
    )
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    import_run = models.ForeignKey(
        ImportRun,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("import"),
    )
    restored_from = models.PositiveIntegerField(_("restored from version"), null=True, blank=True)

    class Meta:
        ordering = ["listing", "-number"]
        verbose_name = _("version of a listing")
        verbose_name_plural = _("versions of listings")
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="listing_version_once")
        ]

    def __str__(self) -> str:
        """Its number."""
        return str(_("Version %(number)d") % {"number": self.number})
