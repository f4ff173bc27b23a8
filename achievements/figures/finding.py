"""Finding figures with units in free text of either language; pure computation.

A figure is what a row of a requirement or of evidence says: quantity, comparison, value, unit. It
is only ever proposed. Years, dates, numbers of documents and telephones, versions and readiness
levels are no figures.
"""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal

from achievements.figures.comparing import (
    ABOUT,
    AT_LEAST,
    AT_MOST,
    BETWEEN,
    EQUAL,
    better_than,
    compared_before,
    compared_behind,
)
from achievements.figures.naming import Vocabulary, change_said
from achievements.figures.sentences import shown_sentence
from achievements.figures.signs import fold_signs
from achievements.figures.written_units import unit_at

MOST_TEXT = 50_000  # characters of one text that are read
MOST_FIGURES = 500  # numbers with a unit in one text
REACH = 160  # characters on either side in which a figure's name and comparison are looked for

_NUM = r"(?:\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.\d{1,9})?"
_POWER = (
    r"(?:\s?[×x*]\s?10\s?(?:\^\s?\(?(?P<{0}>-?\d{{1,2}})\)?|(?P<{0}n>-\d{{1,2}})|"
    r"(?P<{0}s>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)))?"
)
_SIGNED = r"(?:(?<![A-Za-z0-9)%°℃])[-+])?"
_FIGURE = re.compile(
    rf"(?<![A-Za-z0-9_.#])(?<![A-Za-z]-)(?P<sign>(?:±|\+/-)\s?|"
    rf"{_SIGNED})(?P<low>{_NUM}){_POWER.format('e')}(?!\d)"
)
_LINK = re.compile(r"\s?(?:~|–|—|--?|至|到|to|÷)\s?", re.IGNORECASE)
_AND = re.compile(r"\s?(?:and|和|与)\s?", re.IGNORECASE)
_BETWEEN_SAID = re.compile(r"(?:between|from|介于|在)\s*$", re.IGNORECASE)
_SECOND = re.compile(rf"(?P<sign>[-+]?)(?P<low>{_NUM}){_POWER.format('e')}(?![\d.]\d)")
_GOES_ON = re.compile(r"\.\d|[:/]\d")
_PLUS_MINUS = re.compile(rf"\s?±\s?(?P<low>{_NUM})")
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_FULL_STOP = re.compile(r"\.(?:\s+(?=[A-Z])|(?=[\u3400-\u9fff]))")
_RISES_TO = re.compile(
    r"\s*(?:左右)?(?:提升|提高|增加|上升|升高|扩大|降低?|减少|缩短|下降|减小)[到至]|\s*(?:→|->)"
)
_IN_BRACKETS = re.compile(r"[^()（）]{0,30}[)）][^，,。;；.()（）\d]{0,12}\d")
_CONDITION = re.compile(r"(?:\bat|@)\s*$", re.IGNORECASE)
_CONDITION_BEHIND = re.compile(r"\s*(?:时|下|条件|环境|的情况|级|型|系列|不锈)")
_CLAUSE_END = re.compile(r"[。！？!?；;，,\n()（）]")
# What a number belongs to that is no measure.
_NO_FIGURE = re.compile(
    r"(?:^|[^A-Za-z])(?:trl|readiness level|version|ver\.?|v|phase|figure|fig\.?|table|tab\.|"
    r"section|no\.?|nos\.?|"
    r"number|page|pp\.?|p\.|vol\.?|[#§№$¥€£]|grant|claim|patent|tel\.?|phone|电话|手机|邮编|专利号|"
    r"编号|第|"
    r"图|表|成熟度|版本|iso|iec|astm|gb/?t?|mil-std-?|din|en|每(?:秒|分钟?|小时|天|月|年|罐|台|亩|公顷|人|吨|个|次)|占[^，,。]{0,12})\s*[:：]?\s*$",
    re.IGNORECASE,
)
_CALENDAR = frozenset(
    {"年", "year", "month", "week", "day", "天", "个月", "h", "小时", "min", "分钟"}
)


@dataclass(frozen=True)
class Figure:
    """A proposed row: what the text says and the sentence that says it."""

    quantity: str
    term: int | None
    operator: str
    value: Decimal
    value_max: Decimal | None
    unit: str
    sentence: str

    @property
    def key(self) -> str:
        """The same for the same statement, wherever it stands in the text."""
        name = str(self.term) if self.term is not None else self.quantity.casefold()
        parts = (name, self.operator, self.value, self.value_max, self.unit)
        return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Found:
    """A number or a range with its unit, and its place in the text."""

    begin: int
    end: int
    low: Decimal
    high: Decimal | None
    unit: str
    tolerance: bool  # written ±0.1: a bound on both sides
    linked: bool  # a range that needs “between” before it


def find_figures(text: str, vocabulary: Vocabulary) -> list[Figure]:
    """The figures of a text in their order, each statement once."""
    plain = fold_signs(text[:MOST_TEXT])
    spans = [span for span in _spans(plain) if not _is_aside(plain, span)]
    found: dict[str, Figure] = {}
    for number, span in enumerate(spans):
        floor = spans[number - 1].end if number else 0
        ceiling = spans[number + 1].begin if number + 1 < len(spans) else len(plain)
        figure = _figure(plain, text, span, (floor, ceiling), vocabulary)
        if figure is not None:
            found.setdefault(figure.key, figure)
    return list(found.values())


def _is_aside(plain: str, span: _Found) -> bool:
    """The state before a change, or a condition in brackets before the figure itself."""
    return bool(
        _RISES_TO.match(plain, span.end)
        or (
            _IN_BRACKETS.match(plain, span.end)
            and re.search(r"[(（][^()（），,。]*$", plain[max(0, span.begin - 40) : span.begin])
        )
    )


def _spans(plain: str) -> list[_Found]:
    spans: list[_Found] = []
    place = 0
    while len(spans) < MOST_FIGURES and (hit := _FIGURE.search(plain, place)) is not None:
        span = _measure(plain, hit)
        place = span.end if span is not None else hit.end()
        if span is not None:
            spans.append(span)
    return spans


def _measure(plain: str, hit: re.Match[str]) -> _Found | None:
    """The number with its unit, as a range where a second number follows; None without a value."""
    if _GOES_ON.match(plain, hit.end()):
        return None  # 1.2.3, 10:30, 3/4
    low = _value(hit)
    unit, end = unit_at(plain, hit.end())
    if hit["sign"].strip() in ("±", "+/-"):
        return _Found(hit.start(), end, -low, low, unit, True, False)
    around = _PLUS_MINUS.match(plain, end)
    if around is not None:
        spread = Decimal(around["low"].replace(",", ""))
        later, stop = unit_at(plain, around.end())
        return _Found(hit.start(), stop, low - spread, low + spread, later or unit, False, False)
    for rule, linked in ((_LINK, False), (_AND, True)):
        link = rule.match(plain, end)
        second = _SECOND.match(plain, link.end()) if link is not None else None
        if second is None:
            continue
        high = _value(second)
        later, stop = unit_at(plain, second.end())
        said = _BETWEEN_SAID.search(plain[max(0, hit.start() - 20) : hit.start()])
        if later and unit in ("", later) and high > low and (said or not linked):
            return _Found(hit.start(), stop, low, high, later, False, linked)
        if not linked and not later and not unit:
            return _Found(hit.start(), second.end(), low, None, "", False, True)  # 2019-2020
    return _Found(hit.start(), end, low, None, unit, False, False)


def _value(hit: re.Match[str]) -> Decimal:
    value = Decimal(hit["low"].replace(",", ""))
    power = hit["e"] or hit["en"] or (hit["es"] or "").translate(_SUPERSCRIPTS)
    if power:
        value = value.scaleb(int(power)) if abs(int(power)) < 15 else value
    value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return -value if hit["sign"] == "-" else value


def _figure(
    plain: str, text: str, span: _Found, limits: tuple[int, int], vocabulary: Vocabulary
) -> Figure | None:
    """The proposal that a measured number makes, or None where it is none."""
    begin, stop = _clause(plain, span, limits)
    before, behind = plain[begin : span.begin], plain[span.end : stop]
    if _NO_FIGURE.search(before) or _is_year(span) or not _fits_a_row(span):
        return None
    operator, where = compared_before(before)
    better = better_than(before)
    if better is not None:
        operator, where = AT_LEAST if span.unit in ("%", "dB", "bit") else AT_MOST, better
    after, said = compared_behind(plain, span.end)
    if after and (not operator or operator in (ABOUT, EQUAL)):
        operator = after
    if said > span.end:
        behind = plain[said:stop]
    stem = before[:where]
    if _CONDITION.search(stem) or (not operator and _CONDITION_BEHIND.match(behind)):
        return None  # under which condition, not how much
    change = change_said(stem, share=span.unit in ("%", "dB"))
    words = ""
    if change is not None:
        stem, words = stem[:change], stem[change:].strip()
    bounded = operator in (AT_LEAST, AT_MOST) or span.tolerance
    name = vocabulary.name(stem, behind, unit=span.unit, change=words, bounded=bounded)
    if name is None and not re.search(r"[A-Za-z\u3400-\u9fff]", stem + words):
        earlier = _previous(plain, begin, limits[0])
        name = vocabulary.name(earlier, "", unit=span.unit, bounded=bounded)
    if name is None or not _says_enough(name.term, span, operator):
        return None
    low, high, operator = _bounds(span, operator)
    return Figure(
        quantity=text_of(name.text),
        term=name.term,
        operator=operator,
        value=low,
        value_max=high if operator == BETWEEN else None,
        unit=span.unit,
        sentence=shown_sentence(text, span.begin, span.end),
    )


def text_of(words: str) -> str:
    """A quantity as a row keeps it."""
    return " ".join(words.split())[:100]


def _bounds(span: _Found, operator: str) -> tuple[Decimal, Decimal | None, str]:
    """Value, upper value and comparison of a row."""
    if span.tolerance and span.high is not None:
        return span.high, None, AT_MOST
    if span.high is None:
        return span.low, None, operator or EQUAL
    return span.low, span.high, BETWEEN


def _clause(plain: str, span: _Found, limits: tuple[int, int]) -> tuple[int, int]:
    """Where the clause of a figure begins and ends, not reaching into its neighbours."""
    begin = max(limits[0], span.begin - REACH)
    for mark in _CLAUSE_END.finditer(plain, begin, span.begin):
        begin = mark.end()
    if "." in plain[begin : span.begin]:
        ends = [m.end() for m in _FULL_STOP.finditer(plain[begin : span.begin])]
        begin += ends[-1] if ends else 0
    farthest = min(limits[1], span.end + REACH)
    end = _CLAUSE_END.search(plain, span.end, farthest)
    stop = end.start() if end else farthest
    sentence = re.search(r"\.(?:\s|$)", plain[span.end : stop])
    return begin, span.end + sentence.start() if sentence else stop


def _previous(plain: str, begin: int, floor: int) -> str:
    """The clause before, for a figure that stands alone in brackets or behind a comma."""
    last = max(begin - 1, floor)
    if plain[last : last + 1] in (")", "）"):
        opened = max(plain.rfind("(", floor, last), plain.rfind("（", floor, last))
        last = opened if opened > floor else last
    earlier = plain[max(floor, last - 60) : last]
    return _CLAUSE_END.split(earlier.rstrip("，,(（) ）"))[-1]


def _is_year(span: _Found) -> bool:
    """2026年, “2019 to 2021”, and plain numbers that read like a year."""
    year = 1900 <= span.low <= 2100 and span.low == span.low.to_integral_value()
    return (year and span.unit in ("年", "year", "", "s", "h")) or (span.linked and not span.unit)


def _fits_a_row(span: _Found) -> bool:
    """Whether a row can keep the figures: fourteen places before the point, six behind."""
    return all(
        abs(value) < Decimal(10) ** 14 and value == round(value, 6)
        for value in (span.low, span.high)
        if value is not None
    )


def _says_enough(term: int | None, span: _Found, operator: str) -> bool:
    """A bare number needs a known quantity and a comparison; a time or money one of the two."""
    if not span.unit:
        return term is not None and operator not in ("", EQUAL)
    if span.unit.lstrip("万亿") == "元":
        return term is not None
    if span.unit in _CALENDAR:
        return term is not None
    return True
