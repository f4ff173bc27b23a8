"""What evidence and requirement rows share."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.models.vocabulary import Term
from achievements.validators import validate_unit


class MeasuredRow(models.Model):
    """A quantity with a unit: what evidence and requirement rows share.

    ``quantity`` is what people wrote; ``term`` the quantity of the vocabulary it was recognised
    as, by label or synonym in either language.
    """

    quantity = models.CharField(_("quantity"), max_length=100)
    term = models.ForeignKey(
        Term,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("quantity in the vocabulary"),
    )
    value = models.DecimalField(_("value"), max_digits=20, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=40, blank=True, validators=[validate_unit])
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The quantity in the reader's language where the vocabulary knows it."""
        return self.term.label if self.term is not None else self.quantity
