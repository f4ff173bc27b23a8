"""Listings that are nearly the same, for curators and moderators to look at."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models import Listing
from matching.querysets import DuplicateQuerySet


class ListingFingerprint(models.Model):
    """What of a listing's text is compared, see :mod:`achievements.fingerprints`.

    ``source_at`` is the ``updated_at`` that was read; an older one makes the row outstanding.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="fingerprint",
        verbose_name=_("listing"),
    )
    minima = models.BinaryField()
    bands = ArrayField(models.IntegerField())
    title = models.BigIntegerField(null=True, db_index=True)
    source_at = models.DateTimeField()

    class Meta:
        verbose_name = _("fingerprint")
        verbose_name_plural = _("fingerprints")
        indexes = [GinIndex(fields=["bands"], name="fingerprint_bands")]

    def __str__(self) -> str:
        """Whose it is."""
        return str(self.listing_id)


class DuplicatePair(models.Model):
    """Two listings of one kind whose texts are nearly the same; the one with the lower number
    comes first. ``decided_at``: somebody has said that they are different, which stays so."""

    first = models.ForeignKey(
        Listing, models.CASCADE, related_name="+", verbose_name=_("first listing")
    )
    second = models.ForeignKey(
        Listing, models.CASCADE, related_name="+", verbose_name=_("second listing")
    )
    likeness = models.DecimalField(
        _("likeness"),
        max_digits=3,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    same_title = models.BooleanField(_("same title"), default=False)
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("found to be different"), null=True, blank=True)

    objects = DuplicateQuerySet.as_manager()

    class Meta:
        ordering = ["-likeness", "-pk"]
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="duplicate_pair_in_order"
            ),
        ]

    def __str__(self) -> str:
        """Both titles."""
        return f"{self.first} ≈ {self.second}"
