"""A version of the weights and its comparison as rows for tables, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.wording.matches import COMPONENT_NAMES

Row = dict[str, Any]

# What each weight is called; a test fails for one without words. See `matching.scoring.score`.
NAMES: Mapping[str, Any] = {
    "answers.accepted": gettext_lazy("Raised for likeness to an accepted match, at most"),
    "answers.mode": gettext_lazy("Lowered after “the mode of transfer does not fit”"),
    "answers.most": gettext_lazy("All answers together move a score by at most"),
    "answers.near": gettext_lazy("So near, two listings count as alike"),
    "answers.other_field": gettext_lazy("Lowered after “another field or use”"),
    "answers.region": gettext_lazy("Lowered after “the region does not fit”"),
    "answers.requirement_missed": gettext_lazy("Lowered after “a requirement is missed”"),
    "answers.too_early": gettext_lazy("Lowered after “too early”"),
    "answers.too_expensive": gettext_lazy("Lowered after “price and budget do not fit”"),
    **{f"components.{name}": label for name, label in COMPONENT_NAMES.items()},
    "crowd": gettext_lazy("Taken off where there are many candidates"),
    "failed_must_cap": gettext_lazy("Highest score where a must is missed"),
    "keep": gettext_lazy("Matches kept of each listing"),
    "least": gettext_lazy("Lowest score that is shown"),
    "lexical_unknown": gettext_lazy("Taken for the words where there is no common language"),
    "start": gettext_lazy("Where every pair begins (log-odds)"),
    "strong": gettext_lazy("Score from which a match is strong"),
    "words_bend": gettext_lazy("From here on, more words in common count less"),
}


def parameter_rows(weights: Mapping[str, Any], active: Mapping[str, Any]) -> list[Row]:
    """Every weight in words and by its path, beside that of the version in use."""
    mine, theirs = dict(_flat(weights)), dict(_flat(active))
    return [
        {
            "label": str(NAMES.get(name, name)),
            "name": name,
            "value": _figure(mine.get(name)),
            "active": _figure(theirs.get(name)),
            "differs": mine.get(name) != theirs.get(name),
        }
        for name in sorted({*mine, *theirs})
    ]


def _flat(weights: Mapping[str, Any], path: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in weights.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{path}{name}.")
        else:
            rows.append((path + name, value))
    return rows


def comparison_rows(compared: Mapping[str, Any]) -> list[Row]:
    """What would change, as label and value."""
    return [
        {
            "label": _("Matches that change their place"),
            "value": _share(compared["moved_share"]),
        },
        {
            "label": _("Of a demand's first ten, those that stay among them"),
            "value": _share(compared["top_overlap"]),
        },
        {
            "label": _("Pairs of an accepted and a dismissed match in the right order"),
            "value": _("%(old)s now, %(new)s with this version (pairs: %(count)s)")
            % {
                "old": _share(compared["old_right"]),
                "new": _share(compared["new_right"]),
                "count": compared["answered_pairs"],
            },
        },
    ]


def score_chart(compared: Mapping[str, Any]) -> list[Row]:
    """Rows of ``c-chart``: how many matches get which score; the mark is the version in use."""
    most = max((max(row["old"], row["new"]) for row in compared["scores"]), default=0) or 1
    return [
        {
            "label": f"{row['from']}–{row['to']}",
            "value": round(100 * row["new"] / most, 1),
            "baseline": round(100 * row["old"] / most, 1),
            "text": f"{row['old']} → {row['new']}",
            "old": row["old"],
            "new": row["new"],
        }
        for row in compared["scores"]
        if row["old"] or row["new"]
    ]


def learning_rows(figures: Mapping[str, Any]) -> list[Row]:
    """How each set is explained when learnt from the others; from all of them where it is one."""
    rows = figures.get("left_out") or figures.get("learnt_from") or []
    return [
        {
            "set": _("Answers on this site") if row["set"] == "this site" else row["set"],
            "pairs": number_format(row["pairs"], force_grouping=True),
            "loss": f"{_figure(row['loss_before'])} → {_figure(row['loss_after'])}",
            "order": f"{_share(row['order_before'])} → {_share(row['order_after'])}",
        }
        for row in rows
    ]


def _figure(value: Any) -> str:
    if value is None:
        return "–"
    text = f"{float(value):.4f}".rstrip("0").rstrip(".")
    decimals = len(text.partition(".")[2])
    return str(number_format(value, decimals))


def _share(value: float | None) -> str:
    if value is None:
        return "–"
    return _("%(share)s %%") % {"share": number_format(value * 100, 1)}
