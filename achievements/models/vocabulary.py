"""Classification schemes and their terms: codes are data, never code."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.bilingual import localized
from achievements.querysets import TermQuerySet


class Scheme(models.Model):
    """One version of a classification, such as GB/T 4754 of 2017."""

    code = models.SlugField(pgettext_lazy("classification", "code"), max_length=20)
    version = models.CharField(_("version"), max_length=20)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_zh = models.CharField(_("name (Chinese)"), max_length=200)
    source = models.CharField(_("source"), max_length=300, blank=True)
    current = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["code", "version"]
        verbose_name = _("vocabulary")
        verbose_name_plural = _("vocabularies")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="scheme_version_once"),
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(current=True),
                name="scheme_one_current_version",
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language with the version."""
        return f"{localized(self, 'name')} ({self.version})"


class Term(models.Model):
    """One class of a scheme. ``synonyms`` are other names, in either language.

    Files bring ``synonyms`` and may change them with every update; ``own_synonyms`` are the
    administrators' and stay.
    """

    scheme = models.ForeignKey(
        Scheme, models.PROTECT, related_name="terms", verbose_name=_("vocabulary")
    )
    code = models.CharField(pgettext_lazy("classification", "code"), max_length=60)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    label_en = models.CharField(_("label (English)"), max_length=300)
    label_zh = models.CharField(_("label (Chinese)"), max_length=300)
    synonyms = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        verbose_name=_("synonyms"),
    )
    own_synonyms = ArrayField(
        models.CharField(max_length=100),
        default=list,
        blank=True,
        verbose_name=_("further synonyms"),
        help_text=_("Names that are used here, in either language. Put commas between them."),
    )
    unit = models.CharField(_("usual unit"), max_length=40, blank=True)
    retired = models.BooleanField(_("retired"), default=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["scheme", "code"]
        verbose_name = _("term")
        verbose_name_plural = _("terms")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code"], name="term_once_per_scheme")
        ]

    def __str__(self) -> str:
        """The label in the reader's language."""
        return self.label

    @property
    def label(self) -> str:
        """The label in the reader's language."""
        return localized(self, "label")

    @property
    def other_names(self) -> list[str]:
        """All synonyms, those that came with the file first."""
        return [*self.synonyms, *self.own_synonyms]
