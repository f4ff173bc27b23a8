"""The one-pager of a listing as a file, made by a worker."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from achievements.models.listing import Listing
from achievements.querysets.one_pagers import OnePagerQuerySet


def one_pager_path(pager: "OnePager", filename: str) -> str:
    """A name that tells nothing."""
    return f"one-pagers/{uuid.uuid4().hex}.pdf"


class OnePager(models.Model):
    """A listing's page in one language. ``source_at`` is the listing's ``updated_at`` that the
    file shows, ``made_at`` when its making began; what is wanted and not made is
    :meth:`OnePagerQuerySet.outstanding`."""

    class Language(models.TextChoices):
        """The languages of the site."""

        ENGLISH = "en", _("English")
        CHINESE = "zh-hans", _("Chinese")

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="one_pagers", verbose_name=_("listing")
    )
    language = models.CharField(_("language"), max_length=7, choices=Language)
    wanted_at = models.DateTimeField(_("wanted"), default=timezone.now)
    made_at = models.DateTimeField(_("made"), null=True, blank=True)
    source_at = models.DateTimeField(_("of the listing as of"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=one_pager_path, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    objects = OnePagerQuerySet.as_manager()

    class Meta:
        ordering = ["listing", "language"]
        verbose_name = _("one-pager")
        verbose_name_plural = _("one-pagers")
        constraints = [
            models.UniqueConstraint(fields=["listing", "language"], name="one_pager_once")
        ]

    def __str__(self) -> str:
        """Listing and language."""
        return f"{self.listing}, {self.get_language_display()}"

    @property
    def is_ready(self) -> bool:
        """Whether the file shows the listing, and who posts it, as they are."""
        if not self.file or self.made_at is None or self.source_at != self.listing.updated_at:
            return False
        organisation = self.listing.organisation
        return organisation is None or organisation.updated_at <= self.made_at
