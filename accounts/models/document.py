"""What an organisation shows moderators to be verified."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.checked_file import CheckedFile
from accounts.models.organisation import Organisation
from accounts.models.user import User
from accounts.querysets import CheckedFileQuerySet


def document_path(document: "OrganisationDocument", filename: str) -> str:
    """A name of ours that tells nothing; ``filename`` gives only the ending."""
    return f"verification/{uuid.uuid4().hex}{filename[filename.rfind('.') :]}"


class OrganisationDocument(CheckedFile):
    """A file that proves who an organisation is; only its owners and moderators open it."""

    class Kind(models.TextChoices):
        """What it is."""

        LICENCE = "licence", _("Business licence or certificate of a public institution")
        AUTHORISATION = "authorisation", _("Letter that authorises the owner to act")
        OTHER = "other", _("Another document")

    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="documents", verbose_name=_("organisation")
    )
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    name = models.CharField(_("name of the file"), max_length=200)
    file = models.FileField(_("file"), upload_to=document_path)
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(_("checksum"), max_length=64)
    uploaded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = CheckedFileQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("document of an organisation")
        verbose_name_plural = _("documents of organisations")
        indexes = [
            models.Index(
                fields=["check_tried_at"],
                condition=models.Q(virus_check="waiting"),
                name="organisation_document_held",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sha256"],
                name="organisation_document_once",
                violation_error_message=_("This document is there already."),
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name
