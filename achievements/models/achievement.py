"""Research results and projects that can be transferred."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.bilingual import localized
from accounts.models import User
from achievements.models.expert import Expert
from achievements.models.listing import Listing
from achievements.models.vocabulary import Term
from achievements.querysets import AchievementQuerySet
from achievements.validators import validate_currency, validate_unit


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


class Inventor(models.Model):
    """Who made an achievement, linked to the expert pool where the person is in it."""

    achievement = models.ForeignKey(
        Achievement,
        models.CASCADE,
        related_name="inventors",
        verbose_name=_("achievement"),
    )
    expert = models.ForeignKey(
        Expert,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="inventions",
        verbose_name=_("expert"),
    )
    name_en = models.CharField(_("name (Latin script)"), max_length=100, blank=True)
    name_zh = models.CharField(
        pgettext_lazy("person", "name (Chinese)"), max_length=100, blank=True
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["achievement", "position", "pk"]
        verbose_name = _("inventor")
        verbose_name_plural = _("inventors")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(name_en="", name_zh=""),
                name="inventor_has_a_name",
                violation_error_message=_("Give the inventor's name."),
            )
        ]

    def __str__(self) -> str:
        """The name in the reader's script."""
        return localized(self, "name")


class MeasuredRow(models.Model):
    """A quantity with a unit: what evidence and requirement rows share.

    ``quantity`` is what people wrote; ``term`` the quantity of the vocabulary it was recognised
    as, by label or synonym in either language.
    """

    quantity = models.CharField(_("quantity"), max_length=100)
    term = models.ForeignKey(
        Term,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("quantity in the vocabulary"),
    )
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=40, blank=True, validators=[validate_unit])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The quantity in the reader's language where the vocabulary knows it."""
        return self.term.label if self.term is not None else self.quantity


class EvidenceRow(MeasuredRow):
    """A measured fact of an achievement: quantity, value, unit, how and by whom measured."""

    achievement = models.ForeignKey(
        Achievement,
        models.CASCADE,
        related_name="evidence",
        verbose_name=_("achievement"),
    )
    conditions = models.CharField(_("conditions"), max_length=300, blank=True)
    method = models.CharField(_("how measured"), max_length=300, blank=True)
    measured_by = models.CharField(_("measured by"), max_length=200, blank=True)

    class Meta:
        ordering = ["achievement", "position", "pk"]
        verbose_name = _("evidence row")
        verbose_name_plural = _("evidence rows")

    def __str__(self) -> str:
        """Quantity, value and unit."""
        return f"{self.label} {self.value.normalize():f} {self.unit}".rstrip()


class IPRight(models.Model):
    """A patent or other right an achievement rests on."""

    class Kind(models.TextChoices):
        """COAR resource types for patents, with the kinds that Chinese law adds."""

        PATENT = "patent", _("Patent")
        UTILITY_MODEL = "utility_model", _("Utility model")
        DESIGN = "design", _("Design patent")
        SOFTWARE_COPYRIGHT = "software_copyright", _("Software copyright")
        KNOW_HOW = "know_how", _("Know-how")
        PLANT_VARIETY = "plant_variety", _("Plant variety")
        LAYOUT_DESIGN = "layout_design", _("Layout design of an integrated circuit")

    class Status(models.TextChoices):
        """Patent status of CERIF."""

        IN_PREPARATION = "in_preparation", _("In preparation")
        FILED = "filed", _("Filed")
        UNDER_EXAMINATION = "under_examination", _("Under examination")
        PUBLISHED = "published", _("Published (application)")
        GRANTED = "granted", _("Granted")
        REISSUED = "reissued", _("Reissued")
        ABANDONED = "abandoned", _("Abandoned")
        WITHDRAWN = "withdrawn", _("Withdrawn (application)")
        LAPSED = "lapsed", _("Lapsed")
        EXPIRED = "expired", _("Expired (right)")
        REVOKED = "revoked", _("Revoked")

    achievement = models.ForeignKey(
        Achievement,
        models.CASCADE,
        related_name="ip_rights",
        verbose_name=_("achievement"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    status = models.CharField(_("status"), max_length=20, choices=Status, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    office = models.CharField(
        _("office"),
        max_length=4,
        blank=True,
        help_text=_("WIPO ST.3 code such as CN, EP, US or WO."),
    )
    title = models.CharField(_("title"), max_length=300, blank=True)
    filed_on = models.DateField(_("filed on"), null=True, blank=True)
    granted_on = models.DateField(_("granted on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["achievement", "position", "pk"]
        verbose_name = _("IP right")
        verbose_name_plural = _("IP rights")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(granted_on__isnull=True)
                | models.Q(filed_on__isnull=True)
                | models.Q(granted_on__gte=models.F("filed_on")),
                name="ip_right_granted_after_filing",
                violation_error_message=_("A right cannot be granted before it was filed."),
            )
        ]

    def __str__(self) -> str:
        """Kind and number."""
        return f"{self.get_kind_display()} {self.number}".rstrip()
