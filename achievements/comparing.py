"""Two versions of a listing side by side; pure computation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import models

from achievements.models import Achievement, Demand, Expert, Listing
from achievements.presentation import part_names
from achievements.services.writing import ROWS, row_fields

_MODELS: dict[str, type[Listing]] = {"achievement": Achievement, "demand": Demand, "expert": Expert}
_TOKENS = re.compile(r"[\u4e00-\u9fff]|\w+|\s+|[^\w\s]")
_LONGEST = 4000  # tokens compared word by word; longer texts are shown as a whole

Piece = tuple[str, bool]  # a stretch of text, and whether the other side lacks it


@dataclass(frozen=True)
class Difference:
    """One field or relation in which two versions differ, as pieces of text on either side."""

    label: str
    old: list[Piece]
    new: list[Piece]


def compare(
    kind: str, old: dict[str, Any], new: dict[str, Any], names: Sequence[str], texts: dict[str, str]
) -> list[Difference]:
    """The differences in ``names``; ``texts`` names regions and experts as ``field:key``."""
    rows = []
    for name in names:
        before, after = (_text(kind, content, name, texts) for content in (old, new))
        rows.append(Difference(part_names(kind, [name]), *pieces(before, after)))
    return rows


def pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts cut where they differ, by words and, in Chinese, by characters."""
    left, right = _TOKENS.findall(old), _TOKENS.findall(new)
    if max(len(left), len(right)) > _LONGEST:
        return [(old, True)], [(new, True)]
    cut: tuple[list[Piece], list[Piece]] = ([], [])
    for verb, a, b, c, d in SequenceMatcher(str.isspace, left, right, autojunk=False).get_opcodes():
        for side, part in ((cut[0], left[a:b]), (cut[1], right[c:d])):
            if part:
                side.append(("".join(part), verb != "equal"))
    return cut


def _text(kind: str, content: dict[str, Any], name: str, texts: dict[str, str]) -> str:
    if name == "fields":
        return "\n".join(texts.get(f"fields:{key}", key) for key in content["fields"])
    if name in content["rows"]:
        names = row_fields(ROWS[kind][name][0])
        return "\n".join(_line(row, names, texts) for row in content["rows"][name])
    value = content["values"].get(name)
    if value in (None, "", []):
        return ""
    columns = {field.name: field for field in _MODELS[kind]._meta.concrete_fields}
    return _value(columns.get(name), value, texts)


def _value(field: Any, value: Any, texts: dict[str, str]) -> str:
    if isinstance(value, list):
        inner = getattr(field, "base_field", None)
        return ", ".join(_value(inner, each, texts) for each in value)
    if isinstance(field, models.ForeignKey):
        return texts.get(f"{field.name}:{value}", str(value))
    return str(dict(getattr(field, "flatchoices", None) or ()).get(value, value))


def _line(row: dict[str, Any], names: Sequence[str], texts: dict[str, str]) -> str:
    shown = {name: row.get(name) for name in names}
    if shown.get("expert"):
        shown["expert"] = texts.get(f"expert:{shown['expert']}", shown["expert"])
    return " · ".join(str(value) for value in shown.values() if value not in (None, ""))
