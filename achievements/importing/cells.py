"""Reading single cells: pure functions from what people write to values; no database."""

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from achievements.exporting import unescaped
from achievements.importing.columns import folded
from achievements.importing.spellings import CHOICE_WORDS, CURRENCY_WORDS, LANGUAGE_WORDS
from achievements.validators import CURRENCIES

SUMMARY_LENGTH = 400
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_STRONG = re.compile(r"[;；|\n]")
_ANY = re.compile(r"[;；,，、|\n]")
_SENTENCE = re.compile(
    r"(?<=[。！？!?])|(?<=\.)(?=[\u4e00-\u9fff])|(?<=[^A-Z\s.]\.)\s+(?=[\"“(\[A-Z0-9])"
)
_STORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

# A number with its multiplier; a comma groups thousands.
NUMBER = r"[-+−]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d{1,3})?(?:\s*[万亿])?"
MAX_AMOUNT = 100  # characters
_AMOUNT = re.compile(rf"\D*?({NUMBER})\s*(?:(?:-|–|—|~|至|到|to)\s*({NUMBER}))?[^\d]*")
_TIMES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}


def is_empty(cell: Any) -> bool:
    """Whether a cell says nothing."""
    return cell is None or cell in ("", []) or (isinstance(cell, str) and not cell.strip())


def plain(cell: Any) -> str:
    """A cell as text, stripped, line ends as ``\\n``. Raises for what a text field cannot keep."""
    if isinstance(cell, (dict, list)):
        raise ValidationError(_("A text is expected here, not a list or object."), code="type")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = unescaped(str(cell).replace("\r\n", "\n").replace("\r", "\n").strip())
    if _STORABLE.search(text):
        raise ValidationError(
            _("The text contains control characters that cannot be stored. Remove them."),
            code="characters",
        )
    return text


def script_of(text: str) -> str:
    """``zh`` when the text has a Chinese character, else ``en``."""
    return "zh" if _CJK.search(text) else "en"


def language(cell: Any) -> str:
    """``en`` or ``zh``; empty for what is neither."""
    word = plain(cell).casefold()
    return LANGUAGE_WORDS.get(word) or LANGUAGE_WORDS.get(word[:2], "")


def words(cell: Any, *, strong: bool = False) -> list[str]:
    """A list cell, each entry once. ``strong``: entries may hold commas, unless nothing else
    separates them."""
    if isinstance(cell, list):
        parts: Iterable[str] = [plain(part) for part in cell if not is_empty(part)]
    else:
        text = plain(cell)
        parts = (_STRONG if strong and _STRONG.search(text) else _ANY).split(text)
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def first_sentences(text: str) -> str:
    """The first sentence, or more while that is short; at most SUMMARY_LENGTH characters."""
    line = " ".join(text.split())
    ends = [m.start() for m in _SENTENCE.finditer(line[: SUMMARY_LENGTH * 3]) if m.start()]
    for end in ends:
        summary = line[:end]
        if len(summary) >= (30 if script_of(summary) == "zh" else 80):
            break
    else:
        summary = line
    if len(summary) > SUMMARY_LENGTH:
        fitting = [end for end in ends if end <= SUMMARY_LENGTH]
        summary = line[: fitting[-1]] if fitting else summary
    if len(summary) <= SUMMARY_LENGTH:
        return summary.strip()
    cut = summary[: SUMMARY_LENGTH - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[-80:] else cut).rstrip(",;，； ") + "…"


def number(cell: Any) -> Decimal:
    """A decimal number; thousands may be grouped, 万 and 亿 multiply."""
    if isinstance(cell, (bool, dict, list)):
        raise not_a_number(cell)
    text = unicodedata.normalize("NFKC", plain(cell)).replace("−", "-").replace(",", "")
    times = _TIMES.get(text[-1:], Decimal(1))
    try:
        value = Decimal(text[:-1].strip() if times != 1 else text) * times
    except ArithmeticError as error:
        raise not_a_number(cell) from error
    if not value.is_finite() or abs(value) >= Decimal(10) ** 14:
        raise not_a_number(cell)
    return value


def not_a_number(cell: Any) -> ValidationError:
    """The error for a cell that should be a number."""
    return ValidationError(
        _("“%(value)s” is not a number. Write it as in 12.5."),
        code="number",
        params={"value": str(cell)[:60]},
    )


def readiness(cell: Any) -> int:
    """A readiness level as in 6, “TRL 6”, “6级” or “第六级”."""
    text = re.sub(r"(?i)^trl\s*|^第|级$", "", unicodedata.normalize("NFKC", plain(cell))).strip()
    if re.fullmatch("[一二三四五六七八九]", text):
        text = str("一二三四五六七八九".index(text) + 1)
    if not re.fullmatch(r"[1-9](\.0)?", text):
        raise ValidationError(
            _("“%(value)s” is not a readiness level. Write a number from 1 to 9."),
            code="trl",
            params={"value": str(cell)[:60]},
        )
    return int(text[0])


def day(cell: Any) -> date:
    """A date such as 2027-08-31, 2027/8/31, 2027.8.31 or 2027年8月31日."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = unicodedata.normalize("NFKC", plain(cell))
    found = re.match(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:$|[T ])", text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise ValidationError(
        _("“%(value)s” is not a date. Write it as in 2027-08-31."),
        code="date",
        params={"value": text[:60]},
    )


def vague_day(cell: Any) -> date:
    """Like :func:`day`, but a year or a month is enough: its first day."""
    text = "" if isinstance(cell, date) else unicodedata.normalize("NFKC", plain(cell))
    found = re.fullmatch(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2}))?\s*[年月]?", text)
    if found and int(found[1]) >= 1000 and 1 <= int(found[2] or 1) <= 12:
        return date(int(found[1]), int(found[2] or 1), 1)
    return day(cell)


@cache
def _choice_names(choices: type[TextChoices]) -> dict[str, str]:
    names = {folded(value): value for value in choices.values}
    names |= {value: value for value in choices.values}
    for code, _language in settings.LANGUAGES:
        with override(code):
            for value, label in choices.choices:
                names.setdefault(folded(str(label)), str(value))
    for word, value in CHOICE_WORDS.items():
        if value in choices.values:
            names.setdefault(folded(word), value)
    return names


def find_choice(cell: Any, choices: type[TextChoices]) -> str | None:
    """The code of a choice by its code or its label in either language; None for none of them."""
    text = plain(cell)
    names = _choice_names(choices)
    return names.get(text) or (names.get(folded(text)) if folded(text) else None)


def choice(cell: Any, choices: type[TextChoices]) -> str:
    """Like :func:`find_choice`, but raises ValidationError that names the choices."""
    found = find_choice(cell, choices)
    if found is None:
        raise ValidationError(
            _("“%(value)s” is none of the choices: %(choices)s."),
            code="choice",
            params={"value": plain(cell)[:60], "choices": ", ".join(map(str, choices.values))},
        )
    return found


def currency(cell: Any) -> str:
    """An ISO 4217 code, or the common name or sign of a currency."""
    text = plain(cell)
    code = CURRENCY_WORDS.get(text.casefold(), text.upper())
    return code if code in CURRENCIES else text


def money(cell: Any) -> tuple[Decimal, Decimal | None, str]:
    """An amount or a range, as in “100-200万元”: lowest, highest, currency (or ``""``)."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return number(cell), None, ""
    text = unicodedata.normalize("NFKC", plain(cell)).strip()
    code = next((c for word, c in CURRENCY_WORDS.items() if word in text.casefold()), "")
    code = next((c for c in CURRENCIES if c in text.upper()), code)
    # What is longer than any amount is not searched for one.
    found = _AMOUNT.fullmatch(text) if len(text) <= MAX_AMOUNT else None
    if found is None:
        raise ValidationError(
            _("“%(value)s” is not an amount. Write it as in 500000 or 300000-500000."),
            code="money",
            params={"value": text[:60]},
        )
    low, high = found[1], found[2]
    if high and high[-1] in _TIMES and low[-1] not in _TIMES:
        low += high[-1]
    return number(low), number(high) if high else None, code


def as_typed(cell: Any) -> str:
    """A cell as somebody would type it."""
    if is_empty(cell):
        return ""
    try:
        return plain(cell)
    except ValidationError:
        return json.dumps(cell, ensure_ascii=False, default=str)
