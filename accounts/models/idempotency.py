"""Answers that are kept, so that a request sent twice is done once."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from accounts.querysets import KeptAnswerQuerySet


class KeptAnswer(models.Model):
    """The first answer to a request that came with a key; the same request again gets it again.

    ``name`` is a hash of who asked, of the address and of the key; ``fingerprint`` one of what was
    sent. The answer is sealed with the key, which is not kept: who reads the table reads nothing.
    """

    user = models.ForeignKey(
        User, models.CASCADE, null=True, related_name="+", verbose_name=_("user")
    )
    name = models.CharField(max_length=64, unique=True)
    fingerprint = models.CharField(max_length=64)
    sealed = models.BinaryField()
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)

    objects = KeptAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")

    def __str__(self) -> str:
        """The beginning of its name."""
        return self.name[:12]
