"""How Chinese titles and names are typed in Latin letters."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Sounding(models.Model):
    """The pinyin of one Chinese title or name, as :func:`matching.text.pinyin.sounds_of` reads it.

    ``text`` is what was read: where the title or name is another by now, the row is outstanding.
    """

    class Kind(models.TextChoices):
        """Whose name it is; ``ref`` is the number of that listing, term or organisation."""

        TITLE = "title", _("Title")
        FIELD = "field", _("Field")
        ORGANISATION = "organisation", _("Organisation")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    ref = models.BigIntegerField()
    text = models.CharField(_("text"), max_length=300)
    sounds = SearchVectorField()

    class Meta:
        verbose_name = _("pinyin")
        verbose_name_plural = _("pinyin")
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="sounding_once")]
        indexes = [GinIndex(fields=["sounds"], name="sounding_sounds")]

    def __str__(self) -> str:
        """What was read."""
        return self.text
