"""What is looked for and not there."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnansweredQuery(models.Model):
    """A query that several visitors asked and that found nothing; who asked is not kept.

    It is written only once enough different visitors asked, so no query of a single person ever
    arrives here.
    """

    text = models.CharField(_("words"), max_length=200, unique=True)
    count = models.PositiveIntegerField(_("visitors who asked"))
    last_day = models.DateField(_("last asked on"))

    class Meta:
        ordering = ["-count", "-last_day", "pk"]
        verbose_name = _("unanswered query")
        verbose_name_plural = _("unanswered queries")

    def __str__(self) -> str:
        """The words."""
        return self.text
