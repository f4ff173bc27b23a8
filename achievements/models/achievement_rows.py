"""The rows of an achievement: who made it, what was measured, which rights it rests on."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.bilingual import localized
from achievements.models.achievement import Achievement
from achievements.models.expert import Expert
from achievements.models.measured import MeasuredRow


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
