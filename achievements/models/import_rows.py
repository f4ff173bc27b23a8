"""Rows of a file that somebody has to look at: refused ones, and possible duplicates."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.models.imports import ImportRun
from achievements.models.listing import Listing


class ImportRefusal(models.Model):
    """A row that the last check, or the import, refused. ``cells``: header and text of each, in the
    order of the file, with what was corrected; ``problems``: each as plain data."""

    run = models.ForeignKey(
        ImportRun, models.CASCADE, related_name="refusals", verbose_name=_("import")
    )
    line = models.PositiveIntegerField(_("line of the file"))
    cells = models.JSONField(_("cells"), default=list)
    problems = models.JSONField(_("reasons"), default=list)

    class Meta:
        ordering = ["run", "line"]
        verbose_name = _("refused row")
        verbose_name_plural = _("refused rows")
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="import_refusal_once")]

    def __str__(self) -> str:
        """Run and line."""
        return f"{self.run_id}: {self.line}"


class ImportDuplicate(models.Model):
    """A row that would be new, but is nearly the same as a listing or as an earlier row.

    ``listing`` is what it is like (after the import also what it went into), ``other_line`` the
    earlier row. ``content`` is what its filled cells say, in the form of a version. ``choice`` is
    empty where the run's own applies.
    """

    class Reason(models.TextChoices):
        """What the two have in common."""

        NUMBER = "number", _("The same IP number")
        TITLE = "title", _("The same title, and a summary alike")
        TEXT = "text", _("Title and summary nearly the same")

    class Outcome(models.TextChoices):
        """What became of the row."""

        WAITING = "", _("Waiting")
        SKIPPED = "skipped", _("Skipped")
        MERGED = "merged", _("Merged")
        CREATED = "created", _("Imported as new")

    run = models.ForeignKey(
        ImportRun, models.CASCADE, related_name="duplicates_found", verbose_name=_("import")
    )
    line = models.PositiveIntegerField(_("line of the file"))
    title = models.CharField(_("title"), max_length=300, blank=True)
    content = models.JSONField(_("content"), default=dict)
    listing = models.ForeignKey(
        Listing,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("listing"),
    )
    other_line = models.PositiveIntegerField(_("earlier line"), null=True, blank=True)
    reason = models.CharField(_("in common"), max_length=6, choices=Reason)
    number = models.CharField(_("IP number"), max_length=60, blank=True)
    likeness = models.PositiveSmallIntegerField(
        _("likeness in per cent"), default=0, validators=[MaxValueValidator(100)]
    )
    choice = models.CharField(
        _("what to do"), max_length=7, choices=ImportRun.Duplicates, blank=True
    )
    outcome = models.CharField(_("what became of it"), max_length=7, choices=Outcome, blank=True)

    class Meta:
        ordering = ["run", "line"]
        verbose_name = _("possible duplicate in a file")
        verbose_name_plural = _("possible duplicates in a file")
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="import_duplicate_once")
        ]

    def __str__(self) -> str:
        """Line and title."""
        return f"{self.line}: {self.title}"
