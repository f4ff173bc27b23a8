"""What was imported: one row for each file."""

import uuid
from datetime import timedelta
from pathlib import PurePath

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models.listing import Listing
from achievements.querysets import ImportRunQuerySet

UNDO_TIME = timedelta(days=1)


def import_path(run: "ImportRun", filename: str) -> str:
    """A name of ours: nothing of the uploader's file name reaches the disk."""
    ending = ".gz" if PurePath(filename).suffix.lower() == ".gz" else ""
    return f"imports/{uuid.uuid4().hex}{ending}"


class ImportRun(models.Model):
    """An import of a file: how it is to be done, how far it is, and its report.

    A run that came by upload is first checked (a dry run), then confirmed, then imported. What a
    worker must do is a question of the state: see :meth:`ImportRunQuerySet.outstanding`.
    ``report`` is :meth:`achievements.importing.problems.Report.as_data`.
    """

    class Mode(models.TextChoices):
        """What becomes of the good rows when others are bad."""

        SKIP_BAD = "skip_bad", _("Import the good rows, report the bad ones")
        ALL_OR_NOTHING = "all_or_nothing", _("Import nothing if a row is bad")

    class Publication(models.TextChoices):
        """What new listings become."""

        DRAFT = "draft", _("Keep as drafts")
        SUBMIT = "submit", _("Submit for publication")
        PUBLISH = "publish", _("Publish at once")

    class Duplicates(models.TextChoices):
        """What becomes of a row that would be new but is nearly the same as a listing, or as an
        earlier row; rules in :mod:`achievements.importing.merging`."""

        SKIP = "skip", _("Skip the row")
        FILL = "fill", _("Merge: fill only what the listing leaves empty")
        REPLACE = "replace", _("Merge: what the row says replaces what differs")
        CREATE = "create", _("Import it as a listing of its own")

    class State(models.TextChoices):
        """uploaded → checked → confirmed → done (→ undoing → undone, for a day); failed when the
        file cannot be read."""

        UPLOADED = "uploaded", _("Being checked")
        CHECKED = "checked", _("Waiting for your confirmation")
        CONFIRMED = "confirmed", _("Being imported")
        DONE = "done", _("Imported")
        UNDOING = "undoing", _("Being taken back")
        UNDONE = "undone", _("Taken back")
        FAILED = "failed", _("Not possible")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind)
    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="import_runs",
        verbose_name=_("organisation"),
    )
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    file = models.FileField(_("file"), upload_to=import_path, blank=True)
    name = models.CharField(_("file name"), max_length=255, blank=True)
    mode = models.CharField(_("bad rows"), max_length=15, choices=Mode, default=Mode.SKIP_BAD)
    publication = models.CharField(
        _("new listings"), max_length=10, choices=Publication, default=Publication.DRAFT
    )
    duplicates = models.CharField(
        _("possible duplicates"), max_length=7, choices=Duplicates, default=Duplicates.SKIP
    )
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.UPLOADED, editable=False
    )
    mapping = models.JSONField(
        _("columns as chosen"),
        default=dict,
        editable=False,
        help_text=_("Folded header → name of the field; empty where it is not to be read."),
    )
    corrections = models.JSONField(
        _("cells corrected"),
        default=dict,
        editable=False,
        help_text=_("Line → header → what is read instead."),
    )
    report = models.JSONField(_("report"), default=dict, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["uploaded", "confirmed", "undoing"]),
                name="import_run_outstanding",
            )
        ]

    def __str__(self) -> str:
        """The file's name."""
        return self.name or f"{self.get_kind_display()} {self.pk}"

    @property
    def is_outstanding(self) -> bool:
        """Whether a worker has still to do something."""
        return self.state in (self.State.UPLOADED, self.State.CONFIRMED, self.State.UNDOING)

    @classmethod
    def of(
        cls, kind: str, organisation: Organisation | None, by: User | None, name: str = ""
    ) -> "ImportRun":
        """An unsaved run of the command line: nothing is kept but what it did."""
        return cls(
            kind=kind, organisation=organisation, created_by=by, name=name, state=cls.State.DONE
        )

    @property
    def may_still_be_undone(self) -> bool:
        """Whether it was imported less than a day ago."""
        return (
            self.state == self.State.DONE
            and self.finished_at is not None
            and timezone.now() - self.finished_at < UNDO_TIME
        )


class ImportMapping(models.Model):
    """What an organisation's own header means, as somebody chose it; the next file is read so."""

    organisation = models.ForeignKey(
        Organisation,
        models.CASCADE,
        related_name="import_mappings",
        verbose_name=_("organisation"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind)
    header = models.CharField(_("header"), max_length=255)
    target = models.CharField(_("field"), max_length=60, blank=True)

    class Meta:
        ordering = ["organisation", "kind", "header"]
        verbose_name = _("remembered column")
        verbose_name_plural = _("remembered columns")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "header"], name="import_mapping_once"
            )
        ]

    def __str__(self) -> str:
        """Header and field."""
        return f"{self.header} → {self.target}"
