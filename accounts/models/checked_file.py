"""Uploaded files that a virus scanner looks at before anybody opens them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckedFile(models.Model):
    """A row with a ``file``. While a scanner is set, it is held until found clean: listed for those
    who may change it, handed out to nobody. A file with malware is removed with its row."""

    class Check(models.TextChoices):
        """What the scanner has said."""

        NONE = "none", _("Not checked for viruses")
        WAITING = "waiting", _("Being checked for viruses")
        CLEAN = "clean", _("No virus found")

    virus_check = models.CharField(
        _("virus check"), max_length=7, choices=Check, default=Check.NONE, editable=False
    )
    check_tried_at = models.DateTimeField(
        _("last sent to the virus scanner"), null=True, editable=False
    )
    file: Any

    class Meta:
        abstract = True

    @property
    def is_held(self) -> bool:
        """Whether nobody may open it yet."""
        return self.virus_check == self.Check.WAITING

    @classmethod
    def first_check(cls) -> str:
        """What a new file begins with: held where a scanner is set."""
        return cls.Check.WAITING if settings.CLAMD_URL else cls.Check.NONE
