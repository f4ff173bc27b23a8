"""What moderators decided on listings."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.models.listing import Listing


class Review(models.Model):
    """A moderator's decision on a submitted listing; a rejection carries its reason.

    Where two reviewers are asked for, the first one's yes is an endorsement, which holds for the
    version that was seen: it is overtaken by a later change of the listing.
    """

    class Verdict(models.TextChoices):
        """What the moderator decided."""

        ENDORSED = "endorsed", _("Found good by a first reviewer")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Sent back")
        TAKEN_DOWN = "taken_down", _("Taken down")

    class Reason(models.TextChoices):
        """Why a listing is sent back (closed list; the note says more)."""

        UNCLEAR = "unclear", _("The description is unclear")
        INCOMPLETE = "incomplete", _("Important information is missing")
        NO_EVIDENCE = "no_evidence", _("Claims lack evidence or figures")
        DUPLICATE = "duplicate", _("It is already listed")
        CONFIDENTIAL = (
            "confidential",
            _("It contains confidential or personal information"),
        )
        NOT_TRANSFERABLE = (
            "not_transferable",
            _("It is not something that can be transferred"),
        )
        OTHER = "other", _("Another reason")

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="reviews", verbose_name=_("listing")
    )
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    note = models.TextField(_("note"), max_length=2000, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["approved", "endorsed"]) | ~models.Q(reason=""),
                name="review_rejection_has_a_reason",
                violation_error_message=_("Choose why the listing is sent back."),
            )
        ]

    def __str__(self) -> str:
        """What was decided on what."""
        return f"{self.get_verdict_display()}, {self.listing}"
