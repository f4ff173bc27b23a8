"""How a match reads in the reader's language: codes and plain values become sentences."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.bilingual import reader_language
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.presentation import choice_labels, money_range, plain_number
from matching.models import Match
from matching.scoring.requirements import row_key
from matching.text.tokens import languages_of

Row = dict[str, Any]

COMPONENT_NAMES = {
    "semantic": gettext_lazy("Meaning"),
    "lexical": gettext_lazy("Words"),
    "fields": gettext_lazy("Fields"),
    "requirements": gettext_lazy("Requirements"),
    "readiness": gettext_lazy("Readiness"),
    "budget": gettext_lazy("Budget"),
    "cooperation": gettext_lazy("Cooperation"),
    "region": gettext_lazy("Region"),
}
_SIGNS = {">=": "≥", "<=": "≤", "=": "=", "about": "≈"}
_TAGS = {"en": "en", "zh": "zh-Hans"}


def score_points(match: Match) -> int:
    """The score as points of a hundred; never all of them, for nothing is certain."""
    return min(int((match.score * 100).to_integral_value()), 99)


def component_rows(match: Match) -> list[Row]:
    """Rows of ``c-bars``, always in one order."""
    return [
        {
            "label": str(label),
            "value": None if part["value"] is None else round(part["value"] * 100),
        }
        for name, label in COMPONENT_NAMES.items()
        if (part := match.components.get(name)) is not None
    ]


def reason_rows(match: Match) -> list[Row]:
    """Rows of ``c-reasons``, in the order they were found; requirement rows have their own grid.

    Where both listings are written in the reader's language, what was found in the other one is
    left out, unless nothing else is left to say.
    """
    reasons = [reason for reason in match.reasons if reason["code"] in _SAYERS]
    wanted = f"title_{reader_language()}"
    if getattr(match.demand, wanted) and getattr(match.candidate, wanted):
        reasons = [kept for reason in reasons if (kept := _readable(reason))] or reasons
    return [row for reason in reasons for row in _SAYERS[reason["code"]](reason["data"])]


def _readable(reason: Row) -> Row | None:
    """The reason with what it has in the reader's language; None where it has nothing."""
    language, data = reader_language(), reason["data"]
    if reason["code"] == "passages":
        return reason if language in (data["demand_language"], data["candidate_language"]) else None
    if reason["code"] != "terms":
        return reason
    terms = [term for term in data["terms"] if ("zh" in languages_of(term)) == (language == "zh")]
    return {**reason, "data": {**data, "terms": terms}} if terms else None


def requirement_rows(match: Match) -> list[Row]:
    """Rows of ``c-requirements``: what is asked, what is offered in the demand's unit."""
    for reason in match.reasons:
        if reason["code"] == "requirements":
            return [_requirement(row) for row in reason["data"]["rows"]]
    return []


def _requirement(row: Mapping[str, Any]) -> Row:
    unit = row["unit"]
    offered = f"{_figure(row['offered'])} {unit}".rstrip() if row["offered"] else ""
    note = ""
    if row["evidence_value"] and row["evidence_unit"] != unit:
        written = f"{_figure(row['evidence_value'])} {row['evidence_unit']}".rstrip()
        note = _("stated as %(value)s") % {"value": written}
    return {
        "key": row_key(row),
        "label": _named(row, "label") or row["quantity"],
        "must": row["must"],
        "asked": asked_text(row),
        "offered": offered,
        "result": row["result"],
        "note": note,
    }


def asked_text(row: Mapping[str, Any]) -> str:
    """Comparison, figure and unit of a requirement, as people read them."""
    unit = row["unit"]
    if row["operator"] == "between" and row["value_max"]:
        return f"{_figure(row['value'])}–{_figure(row['value_max'])} {unit}".rstrip()
    return f"{_SIGNS.get(row['operator'], '')} {_figure(row['value'])} {unit}".strip()


def _figure(text: str) -> str:
    return plain_number(Decimal(text))


def _named(data: Mapping[str, Any], field: str) -> str:
    """The reader's language of a pair of plain values, or the other one."""
    wanted = reader_language()
    other = "en" if wanted == "zh" else "zh"
    return str(data.get(f"{field}_{wanted}") or data.get(f"{field}_{other}") or "")


def _list(words: Sequence[str]) -> str:
    return ("、" if reader_language() == "zh" else ", ").join(words)


def _failed_must(data: Mapping[str, Any]) -> list[Row]:
    return [
        {
            "tone": "bad",
            "text": _("A requirement that must be met is not, so the score is limited."),
        }
    ]


def _passages(data: Mapping[str, Any]) -> list[Row]:
    return [
        {
            "tone": "good",
            "text": _("The demand says:"),
            "quote": data["demand"],
            "lang": _TAGS[data["demand_language"]],
        },
        {
            "tone": "good",
            "text": _("The offer says:"),
            "quote": data["candidate"],
            "lang": _TAGS[data["candidate_language"]],
        },
    ]


def _fields(data: Mapping[str, Any]) -> list[Row]:
    names = _list([_named(term, "label") for term in data["terms"]])
    return [{"tone": "good", "text": _("Shared fields: %(names)s.") % {"names": names}}]


def _translations(data: Mapping[str, Any]) -> list[Row]:
    pairs = [f"{term} ↔ {other}" for term, other in data["pairs"]]
    return [{"tone": "good", "text": _("The same terms: %(terms)s.") % {"terms": _list(pairs)}}]


def _terms(data: Mapping[str, Any]) -> list[Row]:
    words = _list(data["terms"])
    return [{"tone": "good", "text": _("Shared terms: %(terms)s.") % {"terms": words}}]


def _readiness(data: Mapping[str, Any]) -> list[Row]:
    values = {"offered": data["offered"], "sought": data["sought"]}
    if data["offered"] >= data["sought"]:
        text = _("Ready enough: TRL %(offered)s where TRL %(sought)s is sought.") % values
        return [{"tone": "good", "text": text}]
    text = _("Earlier than sought: TRL %(offered)s where TRL %(sought)s is sought.") % values
    return [{"tone": "bad", "text": text}]


def _budget(data: Mapping[str, Any]) -> list[Row]:
    price, budget = (
        money_range(Decimal(data[name]), Decimal(data[name]), data["currency"])
        for name in ("price", "budget")
    )
    values = {"price": price, "budget": budget}
    if data["fits"]:
        text = _("The price of %(price)s lies within the budget of %(budget)s.") % values
        return [{"tone": "good", "text": text}]
    text = _("The price of %(price)s lies above the budget of %(budget)s.") % values
    return [{"tone": "bad", "text": text}]


def _cooperation(data: Mapping[str, Any]) -> list[Row]:
    offers = Expert.Service if data["kind"] == Listing.Kind.EXPERT else Achievement.TransferMode
    values = {
        "sought": _list(choice_labels(data["sought"], Demand.CooperationMode.choices)),
        "offered": _list(choice_labels(data["offered"], offers.choices)),
    }
    if data["fits"]:
        text = _("Sought: %(sought)s. Offered: %(offered)s. They fit.") % values
        return [{"tone": "good", "text": text}]
    text = _("Sought: %(sought)s. Offered: %(offered)s. They do not fit.") % values
    return [{"tone": "bad", "text": text}]


def _region(data: Mapping[str, Any]) -> list[Row]:
    text = _("Both are in %(place)s.") % {"place": _named(data, "name")}
    return [{"tone": "good", "text": text}]


_SAYERS: dict[str, Callable[[Mapping[str, Any]], list[Row]]] = {
    "failed_must": _failed_must,
    "passages": _passages,
    "translations": _translations,
    "fields": _fields,
    "terms": _terms,
    "readiness": _readiness,
    "budget": _budget,
    "cooperation": _cooperation,
    "region": _region,
}
