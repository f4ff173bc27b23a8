"""Countries and their first-level regions."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.bilingual import localized
from accounts.querysets import RegionQuerySet


class Region(models.Model):
    """A country (ISO 3166-1) or a first-level region of one (ISO 3166-2), loaded from data."""

    code = models.CharField(pgettext_lazy("classification", "code"), max_length=6, unique=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    name_en = models.CharField(_("name (English)"), max_length=100)
    name_zh = models.CharField(_("name (Chinese)"), max_length=100)

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        """The name in the reader's language."""
        return localized(self, "name")

    @property
    def country(self) -> "Region":
        """The country this region lies in: itself for a country."""
        return self.parent if self.parent is not None else self
