"""What is looked for and not there, or there and not opened."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from matching.querysets import AnsweredQuerySet


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


class AnsweredQuery(models.Model):
    """A query that several visitors saw results of; who they were is not kept.

    Of those who saw them, ``opened`` have opened one from the results within half an hour. Like
    the unanswered ones it is written only once enough different visitors asked.
    """

    text = models.CharField(_("words"), max_length=200, unique=True)
    shown = models.PositiveIntegerField(_("visitors who saw results"))
    opened = models.PositiveIntegerField(_("visitors who opened one"), default=0)
    last_day = models.DateField(_("last asked on"))

    objects = AnsweredQuerySet.as_manager()

    class Meta:
        ordering = ["-shown", "pk"]
        verbose_name = _("query with results")
        verbose_name_plural = _("queries with results")

    def __str__(self) -> str:
        """The words."""
        return self.text
