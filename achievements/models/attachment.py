"""Images and files of a listing."""

import uuid
from pathlib import PurePath

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import CheckedFile, User
from achievements.models.listing import Listing
from achievements.querysets import AttachmentQuerySet


def attachment_path(attachment: "Attachment", filename: str) -> str:
    """A name of ours: nothing of the uploader's file name reaches the disk but a safe ending."""
    ending = PurePath(filename).suffix.lower()
    ending = ending if ending[1:].isascii() and ending[1:].isalnum() and len(ending) <= 6 else ""
    return f"attachments/{uuid.uuid4().hex}{ending}"


class Attachment(CheckedFile):
    """An image or file of a listing, in a layer of its own; served only after asking who asks."""

    class Layer(models.TextChoices):
        """Who may open it, once the listing itself is visible."""

        PUBLIC = "public", _("Everyone")
        MEMBERS = "members", _("Members of verified organisations")
        OWNER = "owner", _("Only the own organisation")

    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="attachments", verbose_name=_("listing")
    )
    file = models.FileField(_("file"), upload_to=attachment_path)
    name = models.CharField(_("file name"), max_length=255)
    title = models.CharField(_("title"), max_length=200, blank=True)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    is_image = models.BooleanField(_("image"), default=False, editable=False)
    layer = models.CharField(
        _("who may open it"), max_length=8, choices=Layer, default=Layer.PUBLIC
    )
    uploaded_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["listing", "pk"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [
            models.Index(
                fields=["check_tried_at"],
                condition=models.Q(virus_check="waiting"),
                name="attachment_held",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["listing", "sha256"],
                name="attachment_once_per_listing",
                violation_error_message=_("This file is already attached."),
            )
        ]

    def __str__(self) -> str:
        """Its title, or its name."""
        return self.title or self.name
