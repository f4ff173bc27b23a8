"""What an enterprise needs."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.models.listing import Listing
from achievements.models.measured import MeasuredRow
from achievements.querysets import DemandQuerySet
from achievements.validators import validate_currency


class Demand(Listing):
    """A need: text, requirement rows, readiness sought, cooperation modes, budget and deadline."""

    class CooperationMode(models.TextChoices):
        """Contract types of the Civil Code's chapter on technology contracts."""

        COMMISSIONED_DEVELOPMENT = (
            "commissioned_development",
            _("Commissioned development"),
        )
        JOINT_DEVELOPMENT = "joint_development", _("Joint development")
        LICENCE = "licence", _("Licence")
        ASSIGNMENT = "assignment", _("Assignment")
        CONSULTING = "consulting", _("Consulting")
        SERVICE = "service", _("Technical service")

    body_en = models.TextField(_("what is needed (English)"), max_length=20000, blank=True)
    body_zh = models.TextField(_("what is needed (Chinese)"), max_length=20000, blank=True)
    trl_min = models.PositiveSmallIntegerField(
        _("lowest readiness (TRL) sought"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(9)],
    )
    cooperation_modes = ArrayField(
        models.CharField(max_length=25, choices=CooperationMode),
        default=list,
        blank=True,
        verbose_name=_("modes of cooperation"),
    )
    budget_min = models.DecimalField(
        _("lowest budget"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    budget_max = models.DecimalField(
        _("highest budget"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="CNY", validators=[validate_currency]
    )
    deadline = models.DateField(_("answers until"), null=True, blank=True)

    objects = DemandQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager

    class Meta:
        verbose_name = _("demand")
        verbose_name_plural = _("demands")
        indexes = [
            models.Index(  # what filters read, without the texts beside it
                fields=["listing_ptr"],
                include=["trl_min", "currency", "budget_min", "budget_max", "deadline"],
                name="demand_facts",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(trl_min__isnull=True) | models.Q(trl_min__range=(1, 9)),
                name="demand_trl_1_to_9",
            ),
            models.CheckConstraint(
                condition=models.Q(budget_min__isnull=True)
                | models.Q(budget_max__isnull=True)
                | models.Q(budget_max__gte=models.F("budget_min")),
                name="demand_budget_in_order",
                violation_error_message=_("The highest budget must not be below the lowest."),
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The table decides the kind."""
        self.kind = Listing.Kind.DEMAND
        super().save(*args, **kwargs)


class RequirementRow(MeasuredRow):
    """One measurable requirement: quantity, operator, value, unit, must or prefer."""

    class Operator(models.TextChoices):
        """How the measured value is compared."""

        EQUAL = "=", _("equal to")
        AT_LEAST = ">=", _("at least")
        AT_MOST = "<=", _("at most")
        BETWEEN = "between", _("between")
        ABOUT = "about", _("about (±10 %)")

    class Priority(models.TextChoices):
        """A failed must caps the score."""

        MUST = "must", _("Must")
        PREFER = "prefer", _("Prefer")

    demand = models.ForeignKey(
        Demand, models.CASCADE, related_name="requirements", verbose_name=_("demand")
    )
    operator = models.CharField(
        _("comparison"), max_length=8, choices=Operator, default=Operator.AT_LEAST
    )
    value_max = models.DecimalField(
        _("upper value"), max_digits=20, decimal_places=6, null=True, blank=True
    )
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority, default=Priority.MUST
    )

    class Meta:
        ordering = ["demand", "position", "pk"]
        verbose_name = _("requirement row")
        verbose_name_plural = _("requirement rows")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(operator="between")
                | models.Q(value_max__isnull=False, value_max__gte=models.F("value")),
                name="requirement_between_has_both_ends",
                violation_error_message=_(
                    "“between” needs an upper value that is not below the lower."
                ),
            )
        ]

    def __str__(self) -> str:
        """Quantity, operator, value and unit."""
        return f"{self.label} {self.operator} {self.value.normalize():f} {self.unit}".rstrip()
