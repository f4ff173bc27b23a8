"""What a convincing listing is asked for: rules as data, and what they say of each listing."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from achievements.models.listing import Listing
from achievements.querysets.lint import ListingQualityQuerySet


class LintRuleSet(models.Model):
    """The rules for one kind of listing, and the score it needs to be submitted.

    ``changed_at`` moves with every change of a rule, so that scores made before are made anew.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind, unique=True)
    minimum = models.PositiveSmallIntegerField(
        _("lowest score to submit"),
        default=0,
        validators=[MaxValueValidator(100)],
        help_text=_("From 0 (no listing is held back) to 100."),
    )
    changed_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["kind"]
        verbose_name = _("set of quality rules")
        verbose_name_plural = _("sets of quality rules")
        constraints = [
            models.CheckConstraint(condition=models.Q(minimum__lte=100), name="lint_minimum_to_100")
        ]

    def __str__(self) -> str:
        """The kind."""
        return self.get_kind_display()


class LintRule(models.Model):
    """One check with its weight; ``params`` are the words and limits it compares with."""

    class Check(models.TextChoices):
        """What can be checked; each is a function of :mod:`achievements.linting.checks`."""

        TITLE = "title", _("Readable title")
        SUMMARY = "summary", _("Summary")
        DESCRIPTION = "description", _("Description")
        CLAIMS = "claims", _("Praise with figures")
        COMPARISON = "comparison", _("Comparison with the best alternative")
        VAGUENESS = "vagueness", _("Exact wishes")
        READINESS = "readiness", _("Stage")
        MEASURES = "measures", _("Measured facts or requirements")
        RIGHTS = "rights", _("IP rights")
        CONTACT = "contact", _("Somebody to ask")
        TRANSLATION = "translation", _("Both languages")
        FIELDS = "fields", _("Fields")
        KEYWORDS = "keywords", _("Keywords")
        TERMS = "terms", _("Modes, price or budget")

    rule_set = models.ForeignKey(
        LintRuleSet, models.CASCADE, related_name="rules", verbose_name=_("set of rules")
    )
    code = models.CharField(_("check"), max_length=12, choices=Check)
    weight = models.PositiveSmallIntegerField(
        _("weight"), validators=[MaxValueValidator(100)], help_text=_("0 switches it off.")
    )
    params = models.JSONField(_("words and limits"), default=dict, blank=True)

    class Meta:
        ordering = ["rule_set", "pk"]
        verbose_name = _("quality rule")
        verbose_name_plural = _("quality rules")
        constraints = [models.UniqueConstraint(fields=["rule_set", "code"], name="lint_rule_once")]

    def __str__(self) -> str:
        """The check."""
        return self.get_code_display()


class ListingQuality(models.Model):
    """The score of a listing as its text and the rules were at ``made_at``.

    ``findings`` is a list of :meth:`achievements.linting.Finding.as_data`. Which rows are due
    anew is a question of the dates: :meth:`ListingQualityQuerySet.outstanding`.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="quality",
        verbose_name=_("listing"),
    )
    score = models.PositiveSmallIntegerField(_("quality"))
    findings = models.JSONField(_("hints"), default=list)
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    objects = ListingQualityQuerySet.as_manager()

    class Meta:
        verbose_name = _("quality of a listing")
        verbose_name_plural = _("qualities of listings")

    def __str__(self) -> str:
        """The score."""
        return str(self.score)
