"""Scores and hints in words; pure computation."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# How the texts of a listing are called within a sentence.
TEXT_NAMES = {
    "title": gettext_lazy("title"),
    "summary": gettext_lazy("summary"),
    "problem": gettext_lazy("problem"),
    "solution": gettext_lazy("solution"),
    "advantages": gettext_lazy("advantages"),
    "applications": gettext_lazy("applications"),
    "body": gettext_lazy("description of the need"),
    "expertise": gettext_lazy("expertise"),
}
HINTS = {
    "title_short": gettext_lazy(
        "The title is too short to tell what it is: %(count)d, at least %(least)d words or signs."
    ),
    "title_long": gettext_lazy(
        "Shorten the title, so that it is read at a glance: %(count)d, at most %(most)d words or "
        "signs."
    ),
    "title_capitals": gettext_lazy("Write the title in small letters; capitals are hard to read."),
    "title_codes": gettext_lazy("Write the abbreviations in the title out, or leave them away."),
    "claim": gettext_lazy("“%(word)s” convinces nobody without a figure: “%(quote)s”"),
    "vague": gettext_lazy("“%(word)s” can be read in many ways; say how much: “%(quote)s”"),
    "no_advantages": gettext_lazy("Say what is better than with the best alternative."),
    "no_comparison": gettext_lazy("Name the best alternative in the advantages: better than what?"),
    "comparison_without_figure": gettext_lazy(
        "Say by how much it is better than the alternative, with a figure."
    ),
    "no_summary": gettext_lazy("Sum it up in one or two sentences."),
    "summary_short": gettext_lazy(
        "The summary says too little: %(count)d, at least %(least)d words or signs."
    ),
    "summary_long": gettext_lazy(
        "Shorten the summary: %(count)d, at most %(most)d words or signs."
    ),
    "text_missing": gettext_lazy("Nothing is said under “%(field)s”."),
    "text_short": gettext_lazy("Say more under “%(field)s”: at least %(least)d words or signs."),
    "no_readiness": gettext_lazy("State the readiness (TRL)."),
    "no_readiness_evidence": gettext_lazy(
        "Say what shows the readiness: a prototype, a pilot, a test by others."
    ),
    "few_evidence": gettext_lazy(
        "Add measured facts, %(wanted)d at least; there are %(count)d. Demands are compared with "
        "them."
    ),
    "few_requirements": gettext_lazy(
        "Add requirement rows, %(wanted)d at least; there are %(count)d. Achievements are compared "
        "with them."
    ),
    "no_rights": gettext_lazy("Say on which IP rights it rests, be it know-how."),
    "right_without_number": gettext_lazy("Give the number of each registered right."),
    "no_contact": gettext_lazy(
        "Name somebody to ask: an inventor, or a colleague who looks after it (portfolio)."
    ),
    "untranslated_en": gettext_lazy("Not in English yet: %(field)s."),
    "untranslated_zh": gettext_lazy("Not in Chinese yet: %(field)s."),
    "no_fields": gettext_lazy("Choose at least one field."),
    "no_keywords": gettext_lazy("Give keywords that others would search for."),
    "no_modes": gettext_lazy("Say in which modes you would come together."),
    "no_budget": gettext_lazy("Give at least a rough budget."),
}


def hint_rows(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The hints in words: ``text``, ``points`` to win, ``field``; codes of older versions drop."""
    rows = []
    for finding in findings:
        text = HINTS.get(finding["code"])
        if text is None:
            continue
        values = dict(finding["values"])
        if "field" in values:
            values["field"] = TEXT_NAMES.get(values["field"], values["field"])
        rows.append(
            {
                "check": finding["check"],
                "field": finding["field"],
                "text": str(text) % values,
                "points": finding["points"],
            }
        )
    return rows


def grade(score: int) -> str:
    """A score in a word."""
    if score >= 80:
        return _("convincing")
    return _("good, with gaps") if score >= 50 else _("needs work")
