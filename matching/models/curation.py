"""Matches that a person has proposed, beside those that the machine finds."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.models.matches import Match


class Curation(models.Model):
    """A curator proposed this match, with a reason that both sides read.

    The machine scores the pair as any other, keeps it however low the score is, and counts its
    answers apart.
    """

    match = models.OneToOneField(
        Match,
        models.CASCADE,
        primary_key=True,
        related_name="curation",
        verbose_name=_("match"),
    )
    reason = models.TextField(_("why the two should talk"), max_length=1000)
    by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("proposed by")
    )
    at = models.DateTimeField(_("proposed"), default=timezone.now)

    class Meta:
        verbose_name = _("proposed match")
        verbose_name_plural = _("proposed matches")

    def __str__(self) -> str:
        """The match."""
        return str(self.match)
