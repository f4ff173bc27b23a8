"""Who fits whom, by which weights, and what the two sides say to it."""

from datetime import date
from decimal import Decimal

from django.contrib.postgres.indexes import BrinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models import Demand, Listing
from matching.querysets import MatchQuerySet


class ScoringWeights(models.Model):
    """One version of the weights of :func:`matching.scoring.score.score`; exactly one is active.

    ``figures`` hold what it was learnt from and measured with.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    weights = models.JSONField(_("weights"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    active = models.BooleanField(_("in use"), default=False)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )

    class Meta:
        ordering = ["-version"]
        verbose_name = _("scoring weights")
        verbose_name_plural = _("scoring weights")
        constraints = [
            models.UniqueConstraint(
                fields=["active"],
                condition=models.Q(active=True),
                name="weights_one_active",
            )
        ]

    def __str__(self) -> str:
        """The version."""
        return f"v{self.version}"


class Match(models.Model):
    """Demand ↔ achievement or demand ↔ expert: score 0–1, components, reasons.

    A match is *open* while both listings are live (a question asked of the listings, never copied
    here). ``components`` maps each component's name to ``{"value": 0–1, "weight": w}``;
    ``reasons`` is a list of ``{"code": …, "data": {…}}`` rendered in the reader's language.
    ``reasons_of`` tells what they were made of (:mod:`matching.services.explaining`).
    ``moves`` says which answers to other matches moved ``score`` away from ``base_score``
    (:mod:`matching.scoring.learning`): a list of decision, side, reason, listing and points.
    """

    demand = models.ForeignKey(
        Demand, models.CASCADE, related_name="matches", verbose_name=_("demand")
    )
    candidate = models.ForeignKey(
        Listing,
        models.CASCADE,
        related_name="matches_as_candidate",
        verbose_name=_("candidate"),
    )
    kind = models.CharField(_("kind of candidate"), max_length=12, choices=Listing.Kind)
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    base_score = models.DecimalField(
        _("score without answers"),
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text=_("What the texts and facts give, before answers to other matches count."),
    )
    moves = models.JSONField(_("moved by answers"), default=list, blank=True)
    components = models.JSONField(_("components"), default=dict)
    reasons = models.JSONField(_("reasons"), default=list)
    reasons_of = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text=_("Tells what the reasons were made of.")
    )
    weights = models.ForeignKey(
        ScoringWeights,
        models.PROTECT,
        related_name="matches",
        verbose_name=_("weights"),
    )
    demand_rank = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Its place among the candidates of this kind for the demand."),
    )
    candidate_rank = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Its place among the demands for the candidate.")
    )
    is_current = models.BooleanField(
        _("still found"),
        default=True,
        help_text=_(
            "False when a later run no longer finds it; kept while a decision hangs on it."
        ),
    )
    created_at = models.DateTimeField(_("found"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "pk"]
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["demand", "candidate"], name="match_once_per_pair"),
            models.CheckConstraint(
                condition=models.Q(score__range=(Decimal(0), Decimal(1))),
                name="match_score_0_to_1",
            ),
        ]
        indexes = [
            models.Index(fields=["candidate", "-score"], name="match_by_candidate"),
            models.Index(fields=["-score", "id"], name="match_best"),
            # Later ones stand further back, so a few blocks tell what was found of late.
            BrinIndex(fields=["created_at"], name="match_found"),
        ]

    def __str__(self) -> str:
        """Both titles."""
        return f"{self.demand} ↔ {self.candidate}"

    @property
    def base(self) -> Decimal:
        """The score without the answers to other matches."""
        return self.score if self.base_score is None else self.base_score


class Decision(models.Model):
    """One side's answer to a match; the latest counts, earlier ones are in the audit.

    A dismissal keeps the ``facts`` of the pair when it was made
    (:mod:`matching.scoring.pair_facts`). From ``returned_at`` on it stands no longer, for the
    ``change`` noted: the match is open again. What was put aside returns on its day.
    """

    class Side(models.TextChoices):
        """Who answers."""

        DEMAND = "demand", _("The side that asks")
        CANDIDATE = "candidate", _("The side that offers")

    class Verdict(models.TextChoices):
        """What the side says."""

        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Dismissed")
        SNOOZED = "snoozed", _("Snoozed")

    class Reason(models.TextChoices):
        """Why a match is dismissed: a closed list, returned to the other side."""

        TOO_EARLY = "too_early", _("Too early: readiness is too low")
        BENEFIT_UNCLEAR = "benefit_unclear", _("The benefit is unclear")
        ROUTE_UNCLEAR = "route_unclear", _("The way to market is unclear")
        DESCRIPTION_UNCLEAR = "description_unclear", _("The description is unclear")
        REQUIREMENT_MISSED = (
            "requirement_missed",
            _("An important requirement is not met"),
        )
        OTHER_FIELD = "other_field", _("Another field or use")
        TOO_EXPENSIVE = "too_expensive", _("Price and budget do not fit")
        MODE = "mode", _("The mode of transfer does not fit")
        REGION = "region", _("The region does not fit")
        NO_CAPACITY = "no_capacity", _("No capacity at present")
        SOLVED = "solved", _("Already solved or taken")
        OTHER = "other", _("Another reason")

    match = models.ForeignKey(
        Match, models.CASCADE, related_name="decisions", verbose_name=_("match")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side)
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    organisation = models.ForeignKey(
        Organisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    facts = models.JSONField(_("facts at that time"), default=dict, blank=True)
    returned_at = models.DateTimeField(_("returned"), null=True, blank=True)
    change = models.JSONField(_("what changed since"), default=dict, blank=True)

    class Meta:
        ordering = ["match", "side"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["match", "side"], name="decision_one_per_side"),
            models.CheckConstraint(
                condition=~models.Q(verdict="dismissed") | ~models.Q(reason=""),
                name="decision_dismissal_has_a_reason",
                violation_error_message=_("Choose why you dismiss this match."),
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="snoozed") | models.Q(snoozed_until__isnull=False),
                name="decision_snooze_has_a_date",
                violation_error_message=_("Choose until when the match is snoozed."),
            ),
        ]

    def __str__(self) -> str:
        """Side and verdict."""
        return f"{self.get_side_display()}: {self.get_verdict_display()}"

    def is_over(self, today: date) -> bool:
        """Whether it put the match aside until a day that has come."""
        return self.snoozed_until is not None and self.snoozed_until <= today
