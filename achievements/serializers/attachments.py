"""Files of listings."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from accounts.services.letters import site_address
from achievements.models import Attachment, Listing
from achievements.serializers.fields import ReadByMixin
from achievements.services.attachments import shown_name


class AttachmentSerializer(ReadByMixin, serializers.ModelSerializer):
    """A file. Of an anonymous demand the name tells nothing to those who may not know it."""

    name = serializers.SerializerMethodField()
    download_url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = [
            *("id", "listing", "name", "title", "content_type", "size", "sha256"),
            *("is_image", "layer", "uploaded_at", "virus_check", "download_url"),
        ]
        read_only_fields = fields

    def get_name(self, attachment: Attachment) -> str:
        """The name under which it is saved."""
        named = self.reader.may_see_organisation(attachment.listing)
        return shown_name(attachment, named=named)

    def get_download_url(self, attachment: Attachment) -> str:
        """Absolute, made of the site's own address."""
        return site_address(reverse("achievements:attachment_download", args=[attachment.pk]))


class AttachmentUploadSerializer(serializers.Serializer):
    """A new file of a listing that you may edit."""

    listing: Any = serializers.PrimaryKeyRelatedField(queryset=Listing.objects.none())
    upload = serializers.FileField()
    layer = serializers.ChoiceField(Attachment.Layer.choices, default=Attachment.Layer.PUBLIC)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def get_fields(self) -> dict[str, Any]:
        """Only listings that the user may see can be named."""
        fields: dict[str, Any] = super().get_fields()
        request = self.context.get("request")
        if request is not None:
            fields["listing"].queryset = Listing.objects.visible_to(request.user)
        return fields


class AttachmentChangeSerializer(serializers.Serializer):
    """Another layer or title."""

    layer = serializers.ChoiceField(Attachment.Layer.choices)
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
