"""What the side that asks wants to know of an achievement, and the owner's answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models import Achievement, Demand
from matching.querysets import QuestionQuerySet


class Question(models.Model):
    """One requirement row that no evidence answers, asked once of the achievement's owner.

    ``row`` is the requirement as it was when it was asked (see ``RowResult.as_data``), ``key``
    names it, so that a row that has changed since can be asked again. It belongs to the pair of
    listings, not to a match, which a later run may no longer find.
    """

    class Outcome(models.TextChoices):
        """What the owner said."""

        MEASURED = "measured", _("Measured")
        NOT_MEASURED = "not_measured", _("Not measured")

    demand = models.ForeignKey(
        Demand, models.CASCADE, related_name="questions", verbose_name=_("demand")
    )
    achievement = models.ForeignKey(
        Achievement, models.CASCADE, related_name="questions", verbose_name=_("achievement")
    )
    key = models.CharField(max_length=16)
    row = models.JSONField(_("requirement"))
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    outcome = models.CharField(_("answer"), max_length=12, choices=Outcome, blank=True)
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "achievement", "key"], name="question_once_per_row"
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="measured") | models.Q(value__isnull=False),
                name="question_measured_has_a_value",
                violation_error_message=_("Give the measured value."),
            ),
        ]

    def __str__(self) -> str:
        """The quantity as the demand wrote it."""
        return str(self.row.get("quantity", ""))
