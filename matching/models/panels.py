"""Panels: experts chosen for a task, with why each other one was left out."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models import Achievement, Demand, Expert, Term

MOST = 15


class Panel(models.Model):
    """So many experts for a demand, perhaps to judge one achievement for it, or for a task that a
    curator has described (``brief``, ``fields``, and whom it concerns). A draft until a curator
    approves it; approved ones are work for their experts until they are closed."""

    class State(models.TextChoices):
        """Chosen by rule, approved by a person, over."""

        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        CLOSED = "closed", _("Closed")

    demand = models.ForeignKey(
        Demand,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="panels",
        verbose_name=_("demand"),
    )
    brief = models.TextField(_("what it is about"), max_length=4000, blank=True)
    fields = models.ManyToManyField(Term, blank=True, related_name="+", verbose_name=_("fields"))
    organisation = models.ForeignKey(
        Organisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation concerned"),
    )
    achievement = models.ForeignKey(
        Achievement,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="panels",
        verbose_name=_("achievement to be judged"),
    )
    task = models.CharField(_("task"), max_length=300)
    size = models.PositiveSmallIntegerField(
        _("how many experts"), validators=[MinValueValidator(1), MaxValueValidator(MOST)]
    )
    per_organisation = models.PositiveSmallIntegerField(
        _("at most of one organisation"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST)],
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    made_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    approved_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = _("panel")
        verbose_name_plural = _("panels")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(demand__isnull=False) | ~models.Q(brief=""),
                name="panel_is_about_something",
                violation_error_message=_("Choose a demand, or say what the task is about."),
            )
        ]

    def __str__(self) -> str:
        """Its task."""
        return self.task


class PanelPlace(models.Model):
    """An expert that was looked at for a panel: chosen, or left out with a reason."""

    class Reason(models.TextChoices):
        """Why an expert was left out."""

        SAME_ORGANISATION = "same_organisation", _("Belongs to one of the organisations concerned")
        CO_INVENTOR = (
            "co_inventor",
            _("Has made the achievement, or another one with its inventors"),
        )
        DECLARED = "declared", _("Has a declared conflict of interest")
        UNAVAILABLE = "unavailable", _("Takes no requests at present")
        LOAD = "load", _("Sits on as many panels as it can")
        ORGANISATION_FULL = "organisation_full", _("The organisation has its places already")
        BY_HAND = "by_hand", _("Left out by a curator")

    panel = models.ForeignKey(Panel, models.CASCADE, related_name="places", verbose_name=_("panel"))
    expert = models.ForeignKey(
        Expert, models.CASCADE, related_name="panel_places", verbose_name=_("expert")
    )
    position = models.PositiveSmallIntegerField(_("place"))
    fit = models.DecimalField(_("fit"), max_digits=5, decimal_places=4)
    load = models.PositiveSmallIntegerField(_("running panels"))
    reason = models.CharField(_("left out because"), max_length=20, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["panel", "position", "pk"]
        verbose_name = _("place on a panel")
        verbose_name_plural = _("places on panels")
        constraints = [models.UniqueConstraint(fields=["panel", "expert"], name="panel_place_once")]

    def __str__(self) -> str:
        """Who, and whether on it."""
        return f"{self.expert}: {self.get_reason_display() or self.position}"
