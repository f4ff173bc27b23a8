"""What others say of a listing, what its owner answers: reports and appeals, with a clock."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models.listing import Listing
from achievements.models.review import Review
from achievements.querysets import AppealQuerySet, ReportQuerySet


class Report(models.Model):
    """Anybody, signed in or not, tells the reviewers that something is wrong with a listing.

    ``email`` is only there until the answer was sent. Who reported is never told to the owner.
    """

    class Reason(models.TextChoices):
        """What is wrong (closed list; the note says more)."""

        MISLEADING = "misleading", _("What it says is wrong or misleading")
        RIGHTS = "rights", _("It infringes somebody's rights")
        CONFIDENTIAL = "confidential", _("It contains confidential or personal information")
        UNLAWFUL = "unlawful", _("It is against the law")
        OUTDATED = "outdated", _("It is no longer available")
        SPAM = "spam", _("It is advertising or spam")
        OTHER = "other", _("Something else")

    class Outcome(models.TextChoices):
        """What a reviewer decided."""

        DISMISSED = "dismissed", _("Dismissed")
        TAKEN_DOWN = "taken_down", _("Listing taken down")

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="reports", verbose_name=_("listing")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.TextField(_("what is wrong"), max_length=2000, blank=True)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    email = models.EmailField(_("e-mail address for the answer"), blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=User.Language, default=User.Language.ENGLISH
    )
    made_at = models.DateTimeField(_("reported"), default=timezone.now)
    due_on = models.DateField(_("to be decided by"))
    reminded_at = models.DateTimeField(_("reviewers reminded"), null=True, blank=True)
    outcome = models.CharField(_("decision"), max_length=10, choices=Outcome, blank=True)
    answer = models.TextField(_("answer to who reported it"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="", decided_at__isnull=True)
                | (~models.Q(outcome="") & models.Q(decided_at__isnull=False)),
                name="report_decided_has_an_outcome",
            ),
            models.UniqueConstraint(
                fields=["listing", "by"],
                condition=models.Q(decided_at__isnull=True),
                name="report_open_once",
                violation_error_message=_(
                    "You have already reported this listing. A reviewer will look at it."
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=models.Q(decided_at__isnull=True),
                name="report_waiting",
            )
        ]

    def __str__(self) -> str:
        """What is said of which listing."""
        return f"{self.get_reason_display()}, {self.listing}"


class Appeal(models.Model):
    """The owner objects to a take-down, once; somebody else than who took it down decides."""

    review = models.OneToOneField(
        Review, models.CASCADE, related_name="appeal", verbose_name=_("decision")
    )
    statement = models.TextField(_("why it should be published again"), max_length=4000)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    due_on = models.DateField(_("to be decided by"))
    reminded_at = models.DateTimeField(_("reviewers reminded"), null=True, blank=True)
    granted = models.BooleanField(_("granted"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(granted__isnull=True, decided_at__isnull=True)
                | models.Q(granted__isnull=False, decided_at__isnull=False),
                name="appeal_decided_has_an_outcome",
            )
        ]

    def __str__(self) -> str:
        """Of which listing."""
        return str(self.review.listing)


class OwnerAsk(models.Model):
    """A reviewer asks the owner of a listing that has gone stale whether it still holds.

    Answered by one click of the owner, or by a change of the listing.
    """

    class Reason(models.TextChoices):
        """What has gone stale."""

        PRICE = "price", _("The price or budget is old")
        FIGURES = "figures", _("The measured figures are old")
        CONTACT = "contact", _("Nobody of the organisation has signed in for long")
        REPLY = "reply", _("A conversation waits for a reply")

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="asks", verbose_name=_("listing")
    )
    reasons = ArrayField(models.CharField(max_length=8, choices=Reason), verbose_name=_("reasons"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    answered_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("question to an owner")
        verbose_name_plural = _("questions to owners")
        constraints = [
            models.UniqueConstraint(
                fields=["listing"],
                condition=models.Q(answered_at__isnull=True),
                name="owner_ask_open_once",
            )
        ]

    def __str__(self) -> str:
        """About which listing."""
        return str(self.listing)
