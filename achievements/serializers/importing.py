"""Imports in the API."""

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import VisibleOrganisationField
from achievements.models import ImportDuplicate, ImportRefusal, ImportRun
from achievements.services.import_choosing import Pair


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
    outcome = serializers.ChoiceField(
        ["created", "updated", "unchanged", "duplicate", "merged", "skipped", "bad"]
    )


class ImportReportSerializer(serializers.Serializer):
    """What an import would do, or did."""

    error = serializers.CharField(help_text="Why the file as a whole cannot be read, else empty.")
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    bad = serializers.IntegerField()
    duplicates = serializers.IntegerField(
        help_text="Rows like a listing or an earlier row; in a check they are counted only here."
    )
    skipped = serializers.IntegerField(help_text="Duplicates that were skipped.")
    merged = serializers.IntegerField(help_text="Duplicates that were merged into a listing.")
    published = serializers.IntegerField()
    held = serializers.IntegerField(
        help_text="Rows that were to be submitted but stay drafts; the notices say why."
    )
    applied = serializers.BooleanField(help_text="Whether it was done; false after a check.")
    columns = serializers.DictField(
        child=serializers.CharField(), help_text="Header → what it means."
    )
    unknown_columns = serializers.DictField(
        child=serializers.IntegerField(), help_text="Header that was not read → rows that fill it."
    )
    problem_count = serializers.IntegerField()
    problems = ImportProblemSerializer(
        many=True, help_text="The first thousand; `refused` gives all rows."
    )
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

    organisation = VisibleOrganisationField(
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
            "duplicates",
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


class ImportRefusalSerializer(serializers.ModelSerializer):
    """A refused row: its cells as read, corrections included, and why it is refused."""

    cells = serializers.SerializerMethodField(help_text="Header → text.")
    problems = serializers.SerializerMethodField()

    class Meta:
        model = ImportRefusal
        fields = ["line", "cells", "problems"]

    def get_cells(self, row: ImportRefusal) -> dict[str, str]:
        """Header and text of each cell."""
        return dict(row.cells)

    @extend_schema_field(ImportProblemSerializer(many=True))
    def get_problems(self, row: ImportRefusal) -> list[dict[str, Any]]:
        """The reasons in the language of the request."""
        return [each | {"message": _spoken(each["message"])} for each in row.problems]


class DifferenceSerializer(serializers.Serializer):
    """One part in which the row and what it is like differ."""

    part = serializers.CharField()
    row = serializers.CharField(help_text="What the row says.")
    other = serializers.CharField(help_text="What the listing, or the earlier row, says.")


class ImportDuplicateSerializer(serializers.Serializer):
    """A row beside the listing, or the earlier row, that it is like."""

    line = serializers.IntegerField(source="row.line")
    title = serializers.CharField(source="row.title")
    listing = serializers.IntegerField(source="row.listing_id", allow_null=True)
    other_line = serializers.IntegerField(source="row.other_line", allow_null=True)
    reason = serializers.ChoiceField(ImportDuplicate.Reason.choices, source="row.reason")
    number = serializers.CharField(source="row.number", help_text="The IP number in common.")
    likeness = serializers.IntegerField(source="row.likeness", help_text="Of the wording, in %.")
    choice = serializers.SerializerMethodField(help_text="Its own, else that of the import.")
    outcome = serializers.ChoiceField(
        ImportDuplicate.Outcome.choices, source="row.outcome", allow_blank=True
    )
    differences = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(ImportRun.Duplicates.choices))
    def get_choice(self, pair: Pair) -> str:
        """What becomes of the row."""
        return pair.row.choice or str(self.context["run"].duplicates)

    @extend_schema_field(DifferenceSerializer(many=True))
    def get_differences(self, pair: Pair) -> list[dict[str, str]]:
        """Every part in which they differ."""
        return [
            {
                "part": part.label,
                "row": "".join(text for text, _differs in part.old),
                "other": "".join(text for text, _differs in part.new),
            }
            for part in pair.differences
        ]


class ChooseDuplicatesSerializer(serializers.Serializer):
    """What becomes of possible duplicates."""

    every = serializers.ChoiceField(ImportRun.Duplicates.choices, required=False)
    rows: Any = serializers.DictField(
        child=serializers.ChoiceField(ImportRun.Duplicates.choices),
        required=False,
        help_text="Line → choice.",
    )

    def validate_rows(self, rows: dict[str, str]) -> dict[int, str]:
        """Lines are numbers."""
        if not all(line.isdecimal() and len(line) < 10 for line in rows):
            raise serializers.ValidationError(_("Lines are numbers."))
        return {int(line): choice for line, choice in rows.items()}
