"""One-pagers in the API."""

from rest_framework import serializers

from achievements.models import OnePager


class OnePagerInputSerializer(serializers.Serializer):
    """In which language."""

    language = serializers.ChoiceField(OnePager.Language.choices)


class OnePagerSerializer(serializers.Serializer):
    """Whether the PDF shows the listing as it is now, and where it is."""

    language = serializers.CharField()
    ready = serializers.BooleanField()
    url = serializers.URLField()
