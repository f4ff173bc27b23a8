"""People of the pool."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import localized
from accounts.models import User
from accounts.validators import validate_orcid
from achievements.models.listing import Listing
from achievements.querysets import ClaimQuerySet, ExpertQuerySet
from achievements.validators import validate_language_code


class Expert(Listing):
    """A person in the pool. The listing's title is the name; a curator admits by publishing."""

    class Service(models.TextChoices):
        """What an expert offers."""

        CONSULTING = "consulting", _("Consulting")
        EVALUATION = "evaluation", _("Technology evaluation")
        JOINT_RESEARCH = "joint_research", _("Joint research")
        TESTING = "testing", _("Testing and measurement")
        TRAINING = "training", _("Training")
        IP_ADVICE = "ip_advice", _("Advice on intellectual property")
        TECHNOLOGY_TRANSFER = "technology_transfer", _("Technology transfer management")
        REGULATORY = "regulatory", _("Standards and approvals")

    class Availability(models.TextChoices):
        """Whether new requests are welcome."""

        AVAILABLE = "available", _("Available")
        LIMITED = "limited", _("Available to a limited extent")
        UNAVAILABLE = "unavailable", _("Not available at present")

    user = models.OneToOneField(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="expert",
        verbose_name=_("claimed by"),
    )
    position_en = models.CharField(_("position (English)"), max_length=200, blank=True)
    position_zh = models.CharField(_("position (Chinese)"), max_length=200, blank=True)
    affiliation_en = models.CharField(_("affiliation (English)"), max_length=200, blank=True)
    affiliation_zh = models.CharField(_("affiliation (Chinese)"), max_length=200, blank=True)
    expertise_en = models.TextField(_("expertise (English)"), max_length=10000, blank=True)
    expertise_zh = models.TextField(_("expertise (Chinese)"), max_length=10000, blank=True)
    works = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        verbose_name=_("publications and projects"),
    )
    orcid = models.CharField(_("ORCID iD"), max_length=19, blank=True, validators=[validate_orcid])
    services = ArrayField(
        models.CharField(max_length=25, choices=Service),
        default=list,
        blank=True,
        verbose_name=_("services offered"),
    )
    languages = ArrayField(
        models.CharField(max_length=3, validators=[validate_language_code]),
        default=list,
        blank=True,
        verbose_name=_("languages"),
    )
    certificates = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        verbose_name=_("certificates"),
    )
    availability = models.CharField(
        _("availability"),
        max_length=12,
        choices=Availability,
        default=Availability.AVAILABLE,
    )
    admitted_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("admitted by"),
    )
    admitted_at = models.DateTimeField(_("admitted"), null=True, blank=True, editable=False)
    admitted_until = models.DateField(
        _("admission holds until"), null=True, blank=True, editable=False
    )
    lapse_notice_on = models.DateField(
        _("reminded of the end of admission"), null=True, blank=True, editable=False
    )
    admission_evidence = models.TextField(
        _("evidence of admission"), max_length=3000, blank=True, editable=False
    )
    pool_tags = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        editable=False,
        verbose_name=_("curators' tags"),
    )
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )

    objects = ExpertQuerySet.as_manager()  # type: ignore[misc]  # a narrower manager

    class Meta:
        verbose_name = _("expert")
        verbose_name_plural = _("experts")
        constraints = [
            models.UniqueConstraint(
                fields=["orcid"],
                condition=~models.Q(orcid="") & models.Q(merged_into__isnull=True),
                name="expert_orcid_once",
                violation_error_message=_("An expert with this ORCID iD is already in the pool."),
            )
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The table decides the kind."""
        self.kind = Listing.Kind.EXPERT
        super().save(*args, **kwargs)

    @property
    def affiliation(self) -> str:
        """The organisation's name, or what was written in its place."""
        if self.organisation is not None:
            return self.organisation.name
        return localized(self, "affiliation")


class Claim(models.Model):
    """A user says “this is me” of an expert; a curator decides. An invitation needs no claim."""

    expert = models.ForeignKey(
        Expert, models.CASCADE, related_name="claims", verbose_name=_("expert")
    )
    user = models.ForeignKey(
        User, models.CASCADE, related_name="expert_claims", verbose_name=_("user")
    )
    statement = models.TextField(_("how a curator can check it"), max_length=2000)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    decided_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    accepted = models.BooleanField(_("accepted"), default=False)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "user"],
                condition=models.Q(decided_at__isnull=True),
                name="claim_open_once",
                violation_error_message=_("You have already asked for this profile."),
            )
        ]

    def __str__(self) -> str:
        """Who says to be whom."""
        return f"{self.user} = {self.expert}"


class ExpertInvitation(models.Model):
    """A letter that asks a person to take over the profile, once per address.

    ``sent_at`` is when the latest letter was written. Removed when the profile is claimed.
    """

    expert = models.ForeignKey(
        Expert, models.CASCADE, related_name="invitations", verbose_name=_("expert")
    )
    email = models.EmailField(_("e-mail address"))
    language = models.CharField(_("language"), max_length=10, choices=User.Language)
    invited_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invited by")
    )
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        ordering = ["-sent_at", "pk"]
        verbose_name = _("invitation of an expert")
        verbose_name_plural = _("invitations of experts")
        constraints = [
            models.UniqueConstraint(fields=["expert", "email"], name="expert_invited_once")
        ]

    def __str__(self) -> str:
        """Which profile; the address is the person's own."""
        return str(self.expert)
