"""Figures of supply and demand as rows for tables and charts, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.bilingual import reader_language
from matching.wording.quality import count_text, share_text

Row = dict[str, Any]

KIND_NAMES = {
    "achievement": gettext_lazy("Achievements"),
    "demand": gettext_lazy("Demands"),
    "expert": gettext_lazy("Experts"),
}
STEPS = {
    "shown": gettext_lazy("Times a listing stood in a match"),
    "opened": gettext_lazy("Times a listing was opened"),
    "found": gettext_lazy("Matches found"),
    "answered": gettext_lazy("Matches answered by a side"),
    "accepted": gettext_lazy("Matches accepted by a side"),
    "agreed": gettext_lazy("Matches accepted by both sides"),
    "begun": gettext_lazy("Conversations begun"),
    "replied": gettext_lazy("Conversations answered"),
}


def supply_rows(rows: Sequence[Mapping[str, Any]], nothing: str) -> list[Row]:
    """For each class or region, a bar and a figure of each kind; ``nothing`` names the row that
    has none. All bars of a chart share one scale."""
    most = max((row[kind] or 0 for row in rows for kind in KIND_NAMES), default=0)
    wanted = f"label_{reader_language()}"
    return [
        {
            "label": row[wanted]
            or row["label_en"]
            or row["label_zh"]
            or (_("Other regions") if row.get("code") == "other" else nothing),
            "bars": [
                {
                    "name": str(name),
                    "kind": kind,
                    "value": None
                    if row[kind] is None
                    else round(100 * row[kind] / max(most, 1), 1),
                    "text": count_text(row[kind]),
                }
                for kind, name in KIND_NAMES.items()
            ],
        }
        for row in rows
    ]


def unmet_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The share of unmet demands by field."""
    wanted = f"label_{reader_language()}"
    return [
        {
            "label": row[wanted] or row["label_en"] or row["label_zh"] or _("Without a field"),
            "demands": count_text(row["demands"]),
            "unmet": count_text(row["unmet"]) if row["unmet"] is not None else _("not shown"),
            "value": None if row["unmet_share"] is None else round(row["unmet_share"] * 100),
            "text": share_text(row["unmet_share"], row["demands"]),
        }
        for row in rows
    ]


def funnel_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """The steps; bars on the scale of the first step that counts the same thing."""
    scales = {"shown": "shown", "opened": "shown", "begun": "begun", "replied": "begun"}
    counts = {row["step"]: row["count"] for row in rows}
    shown = []
    for row in rows:
        whole = max(counts[scales.get(row["step"], "found")] or 0, 1)
        count = row["count"]
        shown.append(
            {
                "label": str(STEPS[row["step"]]),
                "value": None if count is None else min(100, round(100 * count / whole, 1)),
                "text": count_text(count),
                "part": ""
                if row["of_previous"] is None
                else _("%(share)s %%") % {"share": round(row["of_previous"] * 100)},
            }
        )
    return shown
