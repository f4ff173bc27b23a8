"""Rows within a row: evidence, requirements, rights and inventors, from objects or from lines.

In a CSV or XLSX cell each line (or part between ``;``) is one row::

    能量密度 = 362 Wh/kg (GB/T 31486; third-party lab)
    energy density >= 350 Wh/kg (must)
    cycle life between 800 and 1200 cycles (prefer)
    patent CN209910000233.3, CN, granted, title of the right
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from achievements.importing import cells
from achievements.importing.cells import NUMBER, is_empty, plain
from achievements.importing.spellings import OPERATORS
from achievements.models import IPRight, RequirementRow

Values = dict[str, Any]
Operator = RequirementRow.Operator

MAX_ROWS = 100
MAX_LINE = 1000  # characters; longer ones are not searched for a measure
SIX_PLACES = Decimal("0.000001")

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_SIGN = "|".join(re.escape(sign) for sign in sorted(OPERATORS, key=len, reverse=True))
_LINE = re.compile(
    rf"(?P<quantity>[^<>=≤≥≈~:][^<>=≤≥≈]*?)\s*(?P<operator>{_SIGN})\s*(?P<value>{NUMBER})"
    rf"(?:\s*(?:and|to|至|到|和|~|–|—|-|\.\.)\s*(?P<value_max>{NUMBER}))?"
    r"\s*(?P<unit>[^()]*?)(?:\s*\((?P<notes>.*)\))?"
)
_LABELS = {
    "conditions": ("conditions", "条件", "测试条件"),
    "method": ("method", "方法", "测试方法"),
    "measured_by": ("measured by", "by", "测试单位", "检测机构"),
}


def _parts(cell: Any) -> list[Any]:
    """The entries of a cell: a list's, or a text's lines; a semicolon in brackets is no end."""
    if isinstance(cell, dict):
        return [cell]
    if isinstance(cell, list):
        parts = [part for part in cell if not is_empty(part)]
    else:
        text = plain(cell)
        lines = text.split("\n") if "\n" in text else _outside_brackets(text)
        parts = [line.strip() for line in lines if line.strip()]
    _check_number(parts)
    return parts


def _check_number(parts: list[Any]) -> None:
    if len(parts) > MAX_ROWS:
        raise ValidationError(
            _("There are more than %(limit)s entries. Give the most important ones."),
            code="too_many",
            params={"limit": MAX_ROWS},
        )


def _outside_brackets(text: str) -> list[str]:
    """The text cut at semicolons that are not within brackets."""
    parts, depth, begin = [], 0, 0
    for place, sign in enumerate(text):
        if sign in "(（":
            depth += 1
        elif sign in ")）":
            depth = max(0, depth - 1)
        elif sign in ";；" and not depth:
            parts.append(text[begin:place])
            begin = place + 1
    return [*parts, text[begin:]]


def _checked(entry: Values, known: tuple[str, ...]) -> Values:
    unknown = sorted(set(entry) - set(known))
    if unknown:
        raise ValidationError(
            _("“%(key)s” is not known here. Known are: %(known)s."),
            code="key",
            params={"key": unknown[0][:60], "known": ", ".join(known)},
        )
    return {key: value for key, value in entry.items() if not is_empty(value)}


def _unread(text: str) -> ValidationError:
    return ValidationError(
        _("“%(text)s” cannot be read. Write it as in: energy density >= 350 Wh/kg (must)."),
        code="measure",
        params={"text": text[:100]},
    )


def _measure(text: str) -> Values:
    # Only full-width forms are folded: units such as m² stay as they are written.
    found = _LINE.fullmatch(text.translate(_HALF_WIDTH).strip()) if len(text) <= MAX_LINE else None
    if found is None:
        raise _unread(text)
    return found.groupdict()


def _decimal(value: Any) -> Decimal:
    return cells.number(value).quantize(SIX_PLACES)


def evidence(cell: Any) -> list[Values]:
    """Evidence rows: quantity, value, unit, conditions, method, measured_by."""
    return [_evidence(part) for part in _parts(cell)]


def _evidence(part: Any) -> Values:
    texts = ("quantity", "unit", "conditions", "method", "measured_by")
    if isinstance(part, dict):
        given = _checked(part, (*texts, "value"))
        if "value" not in given or "quantity" not in given:
            raise _unread(str(part))
    else:
        found = _measure(plain(part))
        if OPERATORS[found["operator"]] != Operator.EQUAL or found["value_max"]:
            raise ValidationError(
                _("“%(text)s” is not a measured value. Write: energy density = 362 Wh/kg."),
                code="measure",
                params={"text": plain(part)[:100]},
            )
        given = found | _notes(found["notes"] or "")
    row: Values = {name: plain(given.get(name) or "") for name in texts}
    return row | {"value": _decimal(given["value"])}


def _notes(text: str) -> Values:
    """What stands in brackets: labelled, or by number: method; or method and who; or all three."""
    parts = [part.strip() for part in re.split(r"[;；]", text) if part.strip()]
    notes: Values = {}
    free = []
    for part in parts:
        label, colon, rest = part.partition(":")
        name = next((n for n, labels in _LABELS.items() if label.strip().lower() in labels), None)
        if colon and name:
            notes[name] = rest.strip()
        else:
            free.append(part)
    names = {1: ("method",), 2: ("method", "measured_by")}.get(
        len(free), ("conditions", "method", "measured_by")
    )
    for name, part in zip(names, [*free[:2], "; ".join(free[2:])] if free else [], strict=False):
        notes.setdefault(name, part)
    return notes


def requirements(cell: Any) -> list[Values]:
    """Requirement rows: quantity, operator, value, value_max, unit, priority."""
    return [_requirement(part) for part in _parts(cell)]


def _requirement(part: Any) -> Values:
    if isinstance(part, dict):
        known = ("quantity", "operator", "value", "value_max", "unit", "priority")
        given = _checked(part, known)
        if "value" not in given or "quantity" not in given:
            raise _unread(str(part))
        sign = plain(given.get("operator", Operator.AT_LEAST))
        operator = OPERATORS.get(sign.lower())
        if operator is None:
            operator = cells.choice(sign, Operator)
        priority = given.get("priority") or RequirementRow.Priority.MUST
    else:
        given = _measure(plain(part))
        operator = Operator.BETWEEN if given["value_max"] else OPERATORS[given["operator"]]
        priority = given["notes"] or RequirementRow.Priority.MUST
    high = given.get("value_max")
    return {
        "quantity": plain(given["quantity"]),
        "operator": str(operator),
        "value": _decimal(given["value"]),
        "value_max": _decimal(high) if operator == Operator.BETWEEN and high is not None else None,
        "unit": plain(given.get("unit") or ""),
        "priority": cells.choice(priority, RequirementRow.Priority),
    }


def ip_rights(cell: Any) -> list[Values]:
    """IP rights: kind, status, number, office, title, filed_on, granted_on, expires_on."""
    return [_right(part) for part in _parts(cell)]


def _right(part: Any) -> Values:
    texts = ("number", "office", "title")
    days = ("filed_on", "granted_on", "expires_on")
    given = (
        _checked(part, ("kind", "status", *texts, *days))
        if isinstance(part, dict)
        else _right_of_line(plain(part))
    )
    status = given.get("status")
    row: Values = {name: plain(given.get(name, "")) for name in texts}
    row |= {name: cells.day(given[name]) if given.get(name) else None for name in days}
    row["kind"] = cells.choice(given.get("kind", IPRight.Kind.PATENT), IPRight.Kind)
    row["status"] = cells.choice(status, IPRight.Status) if status else ""
    row["office"] = row["office"].upper()
    return row


_NUMBER = re.compile(r"(?:[A-Z]{1,4} ?)?\d[\w./\- ]{3,}")  # CN 109876543 A, ZL 2019 1 0123456.7


def _right_of_line(line: str) -> Values:
    """``kind number, office, status, title`` in any order; a bare number too."""
    if len(line) > MAX_LINE:
        raise ValidationError(
            _("“%(text)s” is too long. Write it as in: patent CN1234567A, CN, granted, title."),
            code="right",
            params={"text": line[:60]},
        )
    given: Values = {}
    rules: list[tuple[str, Callable[[str], bool]]] = [
        ("kind", lambda word: cells.find_choice(word, IPRight.Kind) is not None),
        ("status", lambda word: cells.find_choice(word, IPRight.Status) is not None),
        ("office", lambda word: re.fullmatch(r"[A-Z]{2}", word) is not None),
        (
            "number",
            lambda word: re.fullmatch(r"(?:[A-Z]{1,4} ?)?\d[\w./\- ]{3,}", word) is not None,
        ),
        ("title", lambda _word: True),
    ]
    words = [word.strip() for word in re.split(r"[,，]", line) if word.strip()]
    first, _space, rest = words[0].partition(" ")
    if rest and cells.find_choice(first, IPRight.Kind):
        words[:1] = [first, rest]
    for word in words:
        for name, fits in rules:
            if name not in given and fits(word):
                given[name] = word
                break
    return given


def inventors(cell: Any) -> list[Values]:
    """Inventors: name_en, name_zh and ``expert``, an expert's number or ORCID iD, or ``""``."""
    people = cell if isinstance(cell, list) else cells.words(cell)
    _check_number(people)
    return [_inventor(person) for person in people if not is_empty(person)]


def _inventor(person: Any) -> Values:
    if isinstance(person, dict):
        given = _checked(person, ("name", "name_en", "name_zh", "expert"))
    else:
        given = {"name": person}
    name = plain(given.get("name", ""))
    row = {key: plain(given.get(key, "")) for key in ("name_en", "name_zh", "expert")}
    if name:
        row[f"name_{cells.script_of(name)}"] = name
    return row


def publication(entry: Any) -> str:
    """A publication as one line: its title and, where known, its year."""
    if isinstance(entry, dict):
        title, year = plain(entry.get("title", "")), plain(entry.get("year") or "")
        return f"{title} ({year})" if year and title else title
    return plain(entry)


READERS: dict[str, Callable[[Any], list[Values]]] = {
    "evidence": evidence,
    "requirements": requirements,
    "ip_rights": ip_rights,
    "inventors": inventors,
}
