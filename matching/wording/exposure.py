"""The exposure report as rows for tables, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.models import Listing

Row = dict[str, Any]

LANGUAGES = {
    "en": gettext_lazy("English only"),
    "zh": gettext_lazy("Chinese only"),
    "enzh": gettext_lazy("Both languages"),
    "": gettext_lazy("No language recognised"),
}
AGES = {
    "new": gettext_lazy("Organisation here for less than three months"),
    "young": gettext_lazy("Less than a year"),
    "old": gettext_lazy("A year and longer"),
    "none": gettext_lazy("No organisation"),
}


def spread_rows(report: Mapping[str, Any]) -> list[Row]:
    """Groups of rows: all, by kind, by language, by age of the organisation."""
    kinds = {kind.value: kind.label for kind in Listing.Kind}
    groups = (
        (_("By kind"), "kind", kinds),
        (_("By language of the title"), "language", LANGUAGES),
        (_("By the organisation's time here"), "age", AGES),
    )
    rows = [{"label": _("All live listings"), **_spread(report["all"])}]
    for title, name, labels in groups:
        for row in report[name]:
            label = str(labels.get(row["group"], row["group"]))
            rows.append({"label": label, "tag": title, **_spread(row)})
    return rows


def _spread(row: Mapping[str, Any]) -> Row:
    never = row["never"] / row["listings"] if row["listings"] else None
    return {
        "listings": _count(row["listings"]),
        "never": _count(row["never"]),
        "never_share": _share(never),
        "value": None if never is None else round(never * 100, 1),
        "text": f"{_share(never)} ({_count(row['never'])})",
        "impressions": _count(row["impressions"]),
        "top_share": _share(row["top_share"]),
        "gini": "–" if row["gini"] is None else number_format(row["gini"], 2),
    }


def chance_rows(report: Mapping[str, Any]) -> list[Row]:
    """Matches shown for the fair chance, beside all others."""
    labels = {"seldom_seen": _("Shown as “seldom seen so far”"), "others": _("All other matches")}
    rows = []
    for name, label in labels.items():
        row = report["chance"][name]
        rows.append(
            {
                "label": label,
                "matches": _count(row["matches"]),
                "answered": _of(row["answered"], row["matches"]),
                "accepted": _of(row["accepted"], row["answered"]),
            }
        )
    return rows


def _of(part: int, whole: int) -> str:
    return f"{_count(part)} ({_share(part / whole)})" if whole else "–"


def _count(value: int) -> str:
    return str(number_format(value, force_grouping=True))


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    return _("%(share)s %%") % {"share": number_format(value * 100, 1)}
