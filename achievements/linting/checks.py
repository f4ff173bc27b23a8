"""The checks. Each says how far a listing fulfils it (0 to 1) and what to do about the rest."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from achievements.linting.facts import LANGUAGES, TEXTS, Facts, is_chinese, length_of

Hint = tuple[str, str, dict[str, Any]]  # code of the hint, field it is about, values of its words
Answer = tuple[float, list[Hint]]
Params = Mapping[str, Any]

_QUOTE = 120
_DIGIT = re.compile(r"\d|[一二三四五六七八九十百千万两]{1,20}(?:倍|成|个|项|%|％)")


def title(facts: Facts, params: Params) -> Answer:
    """The title can be read at a glance: neither too short nor too long, no shouting, no codes."""
    hints: list[Hint] = []
    for language in LANGUAGES:
        text = facts.text("title", language)
        if not text:
            continue
        name = f"title_{language}"
        low, high = params["characters_zh"] if is_chinese(text) else params["words_en"]
        size = length_of(text)
        if size < low:
            hints.append(("title_short", name, {"count": size, "least": low}))
        elif size > high:
            hints.append(("title_long", name, {"count": size, "most": high}))
        letters = [sign for sign in text if sign.isalpha() and sign.isascii()]
        if len(letters) > 12 and all(sign.isupper() for sign in letters):
            hints.append(("title_capitals", name, {}))
        if len(re.findall(r"\b[A-Z]{2,}[\d-]*\b", text)) > params["abbreviations"]:
            hints.append(("title_codes", name, {}))
    return (0.0 if len(hints) > 1 else 0.5 if hints else 1.0), hints


def claims(facts: Facts, params: Params) -> Answer:
    """Words that praise stand beside a figure."""
    return _bare(facts, params, "claim")


def vagueness(facts: Facts, params: Params) -> Answer:
    """What is asked for is said with figures, not with “high” and “as soon as possible”."""
    return _bare(facts, params, "vague")


def _bare(facts: Facts, params: Params, code: str) -> Answer:
    """Sentences with one of the words and without a figure."""
    hints: list[Hint] = []
    seen: set[str] = set()  # a summary often repeats a sentence of the text
    for name, sentence in facts.sentences():
        word = _first_word(sentence, params)
        if not word or _DIGIT.search(sentence) or sentence in seen:
            continue
        seen.add(sentence)
        hints.append((code, name, {"word": word, "quote": _around(sentence, word)}))
    bearable = int(params.get("bearable", 2))
    ratio = max(0.0, 1 - len(hints) / (bearable + 1))
    return ratio, hints[: int(params.get("shown", 3))]


def _around(sentence: str, word: str) -> str:
    """The sentence, or the part of a long one in which the word stands."""
    if len(sentence) <= _QUOTE:
        return sentence
    at = max(0, sentence.casefold().find(word.casefold()))
    start = max(0, min(at - _QUOTE // 2, len(sentence) - _QUOTE))
    part = sentence[start : start + _QUOTE].strip()
    return f"{'…' if start else ''}{part}{'…' if start + _QUOTE < len(sentence) else ''}"


def _first_word(sentence: str, params: Params) -> str:
    folded = sentence.casefold()
    for word in params.get("words_en", []):
        if re.search(rf"(?<![a-z]){re.escape(word.casefold())}(?![a-z])", folded):
            return str(word)
    return next((str(word) for word in params.get("words_zh", []) if word in sentence), "")


def comparison(facts: Facts, params: Params) -> Answer:
    """It is compared with the best alternative, best with a figure."""
    texts = [facts.text("advantages", language) for language in LANGUAGES]
    where = "advantages_en" if texts[0] or not texts[1] else "advantages_zh"
    if not any(texts):
        return 0.0, [("no_advantages", where, {})]
    told = [text for text in texts if _first_word(text, params)]
    if not told:
        return 0.4, [("no_comparison", where, {})]
    if not any(_DIGIT.search(text) for text in told):
        return 0.7, [("comparison_without_figure", where, {})]
    return 1.0, []


def summary(facts: Facts, params: Params) -> Answer:
    """A summary that says it all and is short."""
    text = facts.written("summary")
    if not text:
        return 0.0, [("no_summary", "summary_en", {})]
    low, high = params["characters_zh"] if is_chinese(text) else params["words_en"]
    size = length_of(text)
    name = next(f"summary_{one}" for one in LANGUAGES if facts.text("summary", one) == text)
    if size < low:
        return 0.5, [("summary_short", name, {"count": size, "least": low})]
    if size > high:
        return 0.5, [("summary_long", name, {"count": size, "most": high})]
    return 1.0, []


def description(facts: Facts, params: Params) -> Answer:
    """Every text that the rule names is there and says enough."""
    hints: list[Hint] = []
    for stem in params["texts"]:
        text = facts.written(stem)
        least = params["characters_zh"] if is_chinese(text) else params["words_en"]
        if not text:
            hints.append(("text_missing", f"{stem}_en", {"field": stem}))
        elif length_of(text) < least:
            name = next(f"{stem}_{one}" for one in LANGUAGES if facts.text(stem, one) == text)
            hints.append(("text_short", name, {"field": stem, "least": least}))
    missing = sum(1.0 if code == "text_missing" else 0.5 for code, _field, _values in hints)
    return max(0.0, 1 - missing / len(params["texts"])), hints


def readiness(facts: Facts, params: Params) -> Answer:
    """The stage is stated and, of an achievement, what shows it."""
    name = "trl" if facts.kind == "achievement" else "trl_min"
    if not facts.has(name):
        return 0.0, [("no_readiness", name, {})]
    if facts.kind == "achievement" and not facts.written("readiness_evidence"):
        return 0.6, [("no_readiness_evidence", "readiness_evidence_en", {})]
    return 1.0, []


def measures(facts: Facts, params: Params) -> Answer:
    """Measured facts, or requirements, as rows that are compared."""
    relation = "evidence" if facts.kind == "achievement" else "requirements"
    wanted, there = int(params["rows"]), len(facts.rows.get(relation, ()))
    if there >= wanted:
        return 1.0, []
    return there / wanted, [(f"few_{relation}", relation, {"count": there, "wanted": wanted})]


def rights(facts: Facts, params: Params) -> Answer:
    """On which rights it rests, with their numbers."""
    rows = facts.rows.get("ip_rights", ())
    if not rows:
        return 0.0, [("no_rights", "ip_rights", {})]
    registered = ("patent", "utility_model", "design", "software_copyright", "plant_variety")
    bare = [row for row in rows if row.get("kind") in registered and not row.get("number")]
    if bare:
        return 0.6, [("right_without_number", "ip_rights", {})]
    return 1.0, []


def contact(facts: Facts, params: Params) -> Answer:
    """Questions reach a person: an inventor is named, or a colleague looks after it."""
    if facts.contact or facts.rows.get("inventors"):
        return 1.0, []
    return 0.0, [("no_contact", "inventors" if facts.kind == "achievement" else "", {})]


def translation(facts: Facts, params: Params) -> Answer:
    """What is said in one language is said in the other."""
    hints: list[Hint] = []
    said = 0
    for stem in TEXTS[facts.kind]:
        there = [language for language in LANGUAGES if facts.text(stem, language)]
        said += bool(there)
        if len(there) == 1:
            missing = "zh" if there == ["en"] else "en"
            hints.append((f"untranslated_{missing}", f"{stem}_{missing}", {"field": stem}))
    return (1 - len(hints) / said if said else 0.0), hints


def fields(facts: Facts, params: Params) -> Answer:
    """Classified, so that those who look by field find it."""
    return (1.0, []) if facts.has("fields") else (0.0, [("no_fields", "fields", {})])


def keywords(facts: Facts, params: Params) -> Answer:
    """Words others would type."""
    if any(facts.has(f"keywords_{language}") for language in LANGUAGES):
        return 1.0, []
    return 0.0, [("no_keywords", "keywords_en", {})]


def terms(facts: Facts, params: Params) -> Answer:
    """How one could come together: modes, and price or budget."""
    modes = "transfer_modes" if facts.kind == "achievement" else "cooperation_modes"
    if not facts.has(modes):
        return 0.0, [("no_modes", modes, {})]
    if facts.kind == "demand" and not (facts.has("budget_min") or facts.has("budget_max")):
        return 0.5, [("no_budget", "budget_max", {})]
    return 1.0, []


CHECKS: dict[str, Callable[[Facts, Params], Answer]] = {
    check.__name__: check
    for check in (
        *(title, claims, vagueness, comparison, summary, description, readiness, measures),
        *(rights, contact, translation, fields, keywords, terms),
    )
}
