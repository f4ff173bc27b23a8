"""Research results and projects that can be transferred."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models.expert import Expert
from achievements.models.listing import Listing
from achievements.querysets import AchievementQuerySet
from achievements.validators import validate_currency


class Achievement(Listing):
    """A result or ongoing project: problem, solution, advantages, readiness, rights and price."""

    class ResultKind(models.TextChoices):
        """Finished, or still being worked on."""

        FINISHED = "finished", _("Finished result")
        ONGOING = "ongoing", _("Ongoing project")

    class TransferMode(models.TextChoices):
        """Modes of the Law on Promoting the Transformation of Scientific and Technological
        Achievements, with the licence kinds of the Patent Law told apart."""

        ASSIGNMENT = "assignment", _("Assignment")
        LICENCE_EXCLUSIVE = "licence_exclusive", _("Exclusive licence")
        LICENCE_SOLE = "licence_sole", _("Sole licence")
        LICENCE_ORDINARY = "licence_ordinary", _("Non-exclusive licence")
        JOINT_IMPLEMENTATION = "joint_implementation", _("Joint implementation")
        EQUITY = "equity", _("Contribution as equity")
        OWN_IMPLEMENTATION = "own_implementation", _("Own implementation")
        OTHER = "other", _("Other, by agreement")

    class PriceMode(models.TextChoices):
        """How the price is stated."""

        FIXED = "fixed", _("Fixed price")
        RANGE = "range", _("Price range")
        NEGOTIABLE = "negotiable", _("Negotiable")

    problem_en = models.TextField(_("problem (English)"), max_length=10000, blank=True)
    problem_zh = models.TextField(_("problem (Chinese)"), max_length=10000, blank=True)
    solution_en = models.TextField(_("solution (English)"), max_length=20000, blank=True)
    solution_zh = models.TextField(_("solution (Chinese)"), max_length=20000, blank=True)
    advantages_en = models.TextField(
        _("advantages over the best alternative (English)"),
        max_length=10000,
        blank=True,
    )
    advantages_zh = models.TextField(
        _("advantages over the best alternative (Chinese)"),
        max_length=10000,
        blank=True,
    )
    applications_en = models.TextField(_("applications (English)"), max_length=10000, blank=True)
    applications_zh = models.TextField(_("applications (Chinese)"), max_length=10000, blank=True)
    result_kind = models.CharField(
        _("result or project"),
        max_length=10,
        choices=ResultKind,
        default=ResultKind.FINISHED,
    )
    trl = models.PositiveSmallIntegerField(
        _("technology readiness level (TRL)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    readiness_evidence_en = models.TextField(
        _("evidence of readiness (English)"), max_length=3000, blank=True
    )
    readiness_evidence_zh = models.TextField(
        _("evidence of readiness (Chinese)"), max_length=3000, blank=True
    )
    trl_verified_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("readiness verified by"),
    )
    trl_verified_at = models.DateTimeField(
        _("readiness verified"), null=True, blank=True, editable=False
    )
    transfer_modes = ArrayField(
        models.CharField(max_length=25, choices=TransferMode),
        default=list,
        blank=True,
        verbose_name=_("modes of transfer"),
    )
    price_mode = models.CharField(
        _("price"), max_length=10, choices=PriceMode, default=PriceMode.NEGOTIABLE
    )
    price_min = models.DecimalField(
        _("price, or lowest price"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    price_max = models.DecimalField(
        _("highest price"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="CNY", validators=[validate_currency]
    )
    funding_source_en = models.CharField(_("funded by (English)"), max_length=300, blank=True)
    funding_source_zh = models.CharField(_("funded by (Chinese)"), max_length=300, blank=True)
    experts = models.ManyToManyField(
        Expert, through="achievements.Inventor", related_name="achievements"
    )

    objects = AchievementQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager

    class Meta:
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        indexes = [
            models.Index(  # what filters read, without the texts beside it
                fields=["listing_ptr"],
                include=["trl", "result_kind", "currency", "price_min", "price_max"],
                name="achievement_facts",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(trl__isnull=True) | models.Q(trl__range=(1, 9)),
                name="achievement_trl_1_to_9",
            ),
            models.CheckConstraint(
                condition=models.Q(price_mode="negotiable") | models.Q(price_min__isnull=False),
                name="achievement_stated_price_has_a_figure",
                violation_error_message=_("Give the price, or choose “Negotiable”."),
            ),
            models.CheckConstraint(
                condition=~models.Q(price_mode="range")
                | models.Q(price_max__gte=models.F("price_min")),
                name="achievement_price_range_in_order",
                violation_error_message=_("The highest price must not be below the lowest."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The table decides the kind."""
        self.kind = Listing.Kind.ACHIEVEMENT
        super().save(*args, **kwargs)
