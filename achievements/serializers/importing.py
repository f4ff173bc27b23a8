"""Imports in the API."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers

from accounts.models import Organisation
from achievements.models import ImportRun


class ImportProblemSerializer(serializers.Serializer):
    """Why a row is refused, or what was done to rows besides being read."""

    line = serializers.IntegerField(help_text="Line of the file, or row of the sheet.")
    field = serializers.CharField(help_text="The file's own header; empty for the row as a whole.")
    code = serializers.CharField()
    message: Any = serializers.CharField(help_text="In the language of the request.")


class ImportNoticeSerializer(ImportProblemSerializer):
    """What was done to several rows; the first stands for all."""

    count = serializers.IntegerField()
    lines = serializers.ListField(child=serializers.IntegerField(), help_text="The first lines.")


class ImportPreviewSerializer(serializers.Serializer):
    """What becomes of one of the first rows."""

    line = serializers.IntegerField()
    title = serializers.CharField()
    outcome = serializers.ChoiceField(["created", "updated", "unchanged", "bad"])


class ImportReportSerializer(serializers.Serializer):
    """What an import would do, or did."""

    error = serializers.CharField(help_text="Why the file as a whole cannot be read, else empty.")
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    bad = serializers.IntegerField()
    published = serializers.IntegerField()
    applied = serializers.BooleanField(help_text="Whether it was done; false after a check.")
    columns = serializers.DictField(
        child=serializers.CharField(), help_text="Header → what it means."
    )
    unknown_columns = serializers.DictField(
        child=serializers.IntegerField(), help_text="Header that was not read → rows that fill it."
    )
    problem_count = serializers.IntegerField()
    problems = ImportProblemSerializer(many=True, help_text="The first thousand.")
    notices = ImportNoticeSerializer(many=True)
    previews = ImportPreviewSerializer(many=True)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """The kept report, with every text in the language of the request."""
        empty: dict[str, Any] = dict.fromkeys(self.fields, 0)
        empty |= {"columns": {}, "unknown_columns": {}, "applied": False, "error": ""}
        empty |= {"problems": [], "notices": [], "previews": []}
        shown = {name: instance.get(name, value) for name, value in empty.items()}
        shown["error"] = _spoken(shown["error"] or {})
        for name in ("problems", "notices"):
            shown[name] = [each | {"message": _spoken(each["message"])} for each in shown[name]]
        return shown


def _spoken(texts: dict[str, str]) -> str:
    return texts.get(get_language() or "en", texts.get("en", ""))


class ImportSerializer(serializers.ModelSerializer):
    """An import of a file of listings."""

    organisation: Any = serializers.SlugRelatedField(
        "slug",
        queryset=Organisation.objects.all(),
        required=False,
        allow_null=True,
        help_text="Who posts the listings; none only for experts, by curators.",
    )
    file = serializers.FileField(
        write_only=True, help_text="CSV, XLSX or JSON Lines, each also packed with gzip."
    )
    confirm = serializers.BooleanField(
        write_only=True, default=False, help_text="Import without a further question."
    )
    report = ImportReportSerializer(read_only=True)

    class Meta:
        model = ImportRun
        fields = [
            "id",
            "kind",
            "organisation",
            "file",
            "confirm",
            "name",
            "mode",
            "publication",
            "state",
            "report",
            "created_at",
            "finished_at",
        ]
        read_only_fields = ["name", "state", "created_at", "finished_at"]


class CheckAgainSerializer(serializers.Serializer):
    """Columns chosen by hand and cells corrected; either may be left away."""

    mapping: Any = serializers.DictField(
        child=serializers.CharField(max_length=60, allow_blank=True),
        required=False,
        help_text="Header → field such as `title_en`; empty: the column is not read.",
    )
    corrections: Any = serializers.DictField(
        child=serializers.DictField(
            child=serializers.CharField(max_length=20_000, allow_blank=True)
        ),
        required=False,
        help_text="Line → header → text.",
    )
