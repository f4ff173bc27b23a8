"""To whom a sealed demand has been shown."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models.demand import Demand
from achievements.querysets.reveals import RevealQuerySet


class Reveal(models.Model):
    """One side that may read a sealed demand, because its owner showed it to them.

    An organisation, the person behind an expert profile, or both for an expert of an organisation.
    From ``ended_at`` on they may not any more; the row stays, and so does who read it in the audit.
    """

    demand = models.ForeignKey(
        Demand, models.CASCADE, related_name="reveals", verbose_name=_("demand")
    )
    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    person = models.ForeignKey(
        User,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("ended by")
    )

    objects = RevealQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "organisation", "person"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="reveal_once",
            ),
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False) | models.Q(person__isnull=False),
                name="reveal_is_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        """What to whom."""
        return f"{self.demand_id} → {self.organisation or self.person}"
