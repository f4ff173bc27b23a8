"""What an inventor tells the office of the own organisation, and what the office decides."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models.achievement import Achievement
from achievements.querysets.disclosures import DisclosureQuerySet


class Disclosure(models.Model):
    """A disclosure of a result of work. Confidential: the inventor and the office read it, nobody
    else, administrators of the platform included.

    submitted → question asked → submitted … → decided; after the decision it may become a draft
    achievement, ``listing``.
    """

    class State(models.TextChoices):
        """Whose turn it is."""

        SUBMITTED = "submitted", _("With the office")
        ASKED = "asked", _("Back with the inventor")
        DECIDED = "decided", _("Decided")

    class Decision(models.TextChoices):
        """What the office makes of it."""

        PROTECT = "protect", _("Protect it")
        PUBLISH = "publish", _("Publish it")
        RETURN = "return", _("Return it to the inventors")
        KNOW_HOW = "know_how", _("Keep it as know-how")

    class Ownership(models.TextChoices):
        """Whose it is, as the inventor sees it."""

        INSTITUTION = "institution", _("The organisation's: made at work or with its means")
        SHARED = "shared", _("Shared with a partner")
        OWN = "own", _("The inventors' own")
        UNSURE = "unsure", _("Not sure")

    class Language(models.TextChoices):
        """In which language it is written."""

        ENGLISH = "en", _("English")
        CHINESE = "zh", _("Chinese")

    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        related_name="disclosures",
        verbose_name=_("organisation"),
    )
    submitted_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="disclosures",
        verbose_name=_("submitted by"),
    )
    language = models.CharField(
        _("language"), max_length=2, choices=Language, default=Language.CHINESE
    )
    title = models.CharField(_("title"), max_length=300)
    what = models.TextField(
        _("what it is, and what is new about it"),
        max_length=20000,
        help_text=_("What does it do, and how? A page is enough."),
    )
    advantages = models.TextField(_("what is better than before"), max_length=10000, blank=True)
    funding = models.CharField(_("funded by"), max_length=300, blank=True)
    publications = models.TextField(
        _("publications and talks, past and planned"), max_length=3000, blank=True
    )
    embargo_until = models.DateField(
        _("not to be published before"),
        null=True,
        blank=True,
        help_text=_("A listing made of it cannot be submitted before this day."),
    )
    ownership = models.CharField(
        _("whose it is"), max_length=12, choices=Ownership, default=Ownership.INSTITUTION
    )
    ownership_note = models.CharField(_("partners, contracts"), max_length=500, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.SUBMITTED, editable=False
    )
    decision = models.CharField(
        _("decision"), max_length=10, choices=Decision, blank=True, editable=False
    )
    decided_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    listing = models.OneToOneField(
        Achievement,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="disclosed_as",
        verbose_name=_("listing"),
    )
    created_at = models.DateTimeField(_("submitted"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-pk"]
        verbose_name = _("disclosure")
        verbose_name_plural = _("disclosures")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="decided", decided_at__isnull=False)
                & ~models.Q(decision="")
                | ~models.Q(state="decided") & models.Q(decision=""),
                name="disclosure_decided_has_a_decision",
            )
        ]

    def __str__(self) -> str:
        """Its number. The title is confidential and is not put into logs."""
        return str(_("Disclosure %(number)s") % {"number": self.pk})

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("achievements:disclosure_detail", args=[self.pk])


class DisclosureInventor(models.Model):
    """Who made it, with which share; the shares of a disclosure add up to 100 %."""

    disclosure = models.ForeignKey(
        Disclosure, models.CASCADE, related_name="inventors", verbose_name=_("disclosure")
    )
    name = models.CharField(_("name"), max_length=100)
    affiliation = models.CharField(_("department or employer"), max_length=200, blank=True)
    share = models.DecimalField(
        _("share in %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0, editable=False)

    class Meta:
        ordering = ["disclosure", "position", "pk"]
        verbose_name = _("inventor of a disclosure")
        verbose_name_plural = _("inventors of a disclosure")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=100), name="disclosure_share_to_100"
            )
        ]

    def __str__(self) -> str:
        """The name."""
        return self.name


class DisclosureEntry(models.Model):
    """One thing said about a disclosure: a question, an answer, the reason of the decision."""

    class Kind(models.TextChoices):
        """What it is."""

        QUESTION = "question", _("Question of the office")
        ANSWER = "answer", _("Answer")
        DECISION = "decision", _("Decision")

    disclosure = models.ForeignKey(
        Disclosure, models.CASCADE, related_name="entries", verbose_name=_("disclosure")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = models.TextField(_("text"), max_length=5000, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("entry of a disclosure")
        verbose_name_plural = _("entries of a disclosure")

    def __str__(self) -> str:
        """Its kind."""
        return self.get_kind_display()
