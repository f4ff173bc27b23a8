"""Figures of match quality as rows for tables and charts, in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.bilingual import reader_language
from matching.models import Decision

Row = dict[str, Any]

SETS = {
    "sbir_topic_award": gettext_lazy("US solicitation topics → the awards that answered them"),
    "ccf_bdci_demand_achievement": gettext_lazy("Chinese demands → achievements"),
    "horizon_topic_project": gettext_lazy("One-line EU topics → projects"),
    "sbir_topic_firm": gettext_lazy("US solicitation topics → teams"),
    "reviewer_goldstandard": gettext_lazy("Papers → reviewers, by their own rating"),
    "ipc_zhq_endoc": gettext_lazy("Chinese titles → their English counterparts"),
    "xquad_zhq_endoc": gettext_lazy("Chinese questions → English passages"),
    "xquad_enq_zhdoc": gettext_lazy("English questions → Chinese passages"),
    "scifact": gettext_lazy("Claims → abstracts"),
}
TASKS = {
    "match": gettext_lazy("matching"),
    "experts": gettext_lazy("experts"),
    "search": gettext_lazy("search"),
}
MEASURES = {
    "nDCG@10": gettext_lazy("How high the right ones stand among the first ten."),
    "R@100": gettext_lazy("The share of the right ones that is among the first hundred."),
    "pair loss": gettext_lazy("The share of pairs in the wrong order; less is better."),
}


def _named(measure: str) -> str:
    """A measure as readers call it; most have one name in all languages."""
    return _("pair loss") if measure == "pair loss" else measure


def judged_rows(measured: Mapping[str, Any]) -> list[Row]:
    """One row for each set and measure: figures from 0 to 100 for bars, and as text."""
    return [
        {
            "label": str(SETS.get(row["set"], row["set"])),
            "pool": row["pool"],
            "task": str(TASKS.get(row["task"], row["task"])),
            "measure": _named(row["measure"]),
            "tag": _("%(measure)s, judged ones only") % {"measure": _named(row["measure"])}
            if row["pool"]
            else _named(row["measure"]),
            "queries": row["queries"],
            "value": round(row["value"] * 100, 1),
            "baseline": round(row["words_alone"] * 100, 1),
            "text": _decimal(row["value"]),
            "words": _decimal(row["words_alone"]),
            "interval": f"{_decimal(row['low'])}–{_decimal(row['high'])}",
            "counts": _counts(row),
        }
        for row in measured["figures"]
    ]


def measure_rows(measured: Mapping[str, Any]) -> list[Row]:
    """What the measures that occur mean."""
    names = dict.fromkeys(row["measure"] for row in measured["figures"])
    return [{"name": _named(name), "about": MEASURES.get(name, "")} for name in names]


def _decimal(value: float) -> str:
    return str(number_format(value, 3))


def _counts(row: Mapping[str, Any]) -> str:
    if row["better"] is None:
        return ""
    return f"{row['better']} / {row['equal']} / {row['worse']}"


def acceptance_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Acceptance among the first k."""
    return [
        _accepted(row, ngettext("the first one", "the first %(k)s", row["k"]) % {"k": row["k"]})
        for row in rows
    ]


def field_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Acceptance by field."""
    wanted = f"label_{reader_language()}"
    return [_accepted(row, row[wanted] or row["label_en"] or row["label_zh"]) for row in rows]


def score_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Acceptance by the score that was shown."""
    return [_accepted(row, f"{row['from']}–{row['to']}") for row in rows]


def _accepted(row: Mapping[str, Any], label: str) -> Row:
    return {
        "label": label,
        "answered": count_text(row["answered"]),
        "value": None if row["accepted_share"] is None else round(row["accepted_share"] * 100),
        "text": share_text(row["accepted_share"], row["answered"]),
    }


def origin_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """What the machine found beside what curators proposed."""
    names = {"machine": _("Found by the machine"), "curated": _("Proposed by a curator")}
    return [_accepted(row, names[row["origin"]]) for row in rows]


def reason_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Dismissals by reason; bars relative to the most frequent one."""
    most = max((row["count"] or 0 for row in rows), default=0)
    return [
        {
            "label": str(Decision.Reason(row["reason"]).label)
            if row["reason"]
            else _("Other reasons, each given fewer than five times"),
            "value": None if row["count"] is None else round(100 * row["count"] / max(most, 1)),
            "text": count_text(row["count"]),
        }
        for row in rows
    ]


def time_rows(figures: Mapping[str, Any]) -> list[Row]:
    """From found to answered, and from begun to replied."""
    labels = {
        "first_answer": _("Match found → first answer of either side"),
        "first_reply": _("Conversation begun → first reply"),
    }
    return [
        {
            "label": label,
            "count": count_text(figures[name]["count"]),
            "median": duration_text(figures[name]["median_hours"]),
            "p90": duration_text(figures[name]["p90_hours"]),
            "unanswered": share_text(figures[name]["unanswered_share"], None),
        }
        for name, label in labels.items()
    ]


def count_text(count: int | None) -> str:
    """A count, or that it is too small to be shown."""
    return _("fewer than 5") if count is None else str(number_format(count, force_grouping=True))


def share_text(share: float | None, whole: int | None) -> str:
    """A share in per cent; of nothing there is none, of few it is not shown."""
    if share is not None:
        return _("%(share)s %%") % {"share": round(share * 100)}
    return "–" if whole == 0 else _("too few to show")


def duration_text(hours: float | None) -> str:
    """Minutes, hours or days."""
    if hours is None:
        return _("too few to show")
    if hours < 1:
        count = max(round(hours * 60), 1)
        return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}
    if hours < 48:
        count = round(hours)
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    count = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
