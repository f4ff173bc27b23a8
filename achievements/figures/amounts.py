"""Amounts of money in free text of either language; pure computation."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from achievements.figures.numerals import CHINESE_NUMERAL, read_numeral
from achievements.validators import CURRENCIES

MOST_MONEY = Decimal(10) ** 12  # what a listing can keep
_CURRENCIES = {
    "US dollars": "USD",
    "US dollar": "USD",
    "dollars": "USD",
    "euros": "EUR",
    "euro": "EUR",
    "pounds": "GBP",
    "renminbi": "CNY",
    "yuan": "CNY",
    "yen": "JPY",
    "US$": "USD",
    "HK$": "HKD",
    "S$": "SGD",
    "A$": "AUD",
    "C$": "CAD",
    "NT$": "TWD",
    "RMB": "CNY",
    "人民币": "CNY",
    "美元": "USD",
    "美金": "USD",
    "欧元": "EUR",
    "英镑": "GBP",
    "日元": "JPY",
    "韩元": "KRW",
    "港元": "HKD",
    "港币": "HKD",
    "新台币": "TWD",
    "元": "CNY",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "CNY",
    "￥": "CNY",
} | {code: code for code in CURRENCIES}
_BY_WORD = {word.casefold(): code for word, code in _CURRENCIES.items()}
_SCALES = {
    "thousand": 10**3,
    "tsd": 10**3,
    "k": 10**3,
    "million": 10**6,
    "mio": 10**6,
    "mn": 10**6,
    "m": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}


def _any_of(words: Iterable[str]) -> str:
    """One of the words, the longest first, for “US$” is no “$”; Latin ones only as whole words."""
    latin: list[str] = []
    others: list[str] = []
    for word in sorted(words, key=len, reverse=True):
        (latin if word.isascii() and word[0].isalpha() and word[-1].isalpha() else others).append(
            re.escape(word)
        )
    return rf"(?:(?<![A-Za-z])(?:{'|'.join(latin)})(?![A-Za-z])|{'|'.join(others)})"


_CURRENCY = _any_of(_CURRENCIES)
_NUMBER = r"(?:\d{1,3}(?:[, .]\d{3}){1,4}(?:\.\d{1,2})?(?!\d)|\d{1,12}(?:\.\d{1,3})?(?!\d))"
_SPELT = rf"{CHINESE_NUMERAL}{{1,9}}(?=\s?[万亿])"
_SCALE = (
    r"(?:\s?(?:thousand|million|billion|tsd|mio|bn|mn)\b\.?|\s?[kmKM](?![A-Za-z0-9²³/])"
    r"|\s?(?:十万|百万|千万|[千万亿]))"
)


def _amount(which: str) -> str:
    return (
        rf"(?:(?P<before_{which}>{_CURRENCY})\)?\s?[:：]?\s?)?"
        rf"(?P<number_{which}>{_NUMBER}|{_SPELT})(?P<scale_{which}>{_SCALE})?"
        rf"(?:\s?(?:of\s)?(?P<behind_{which}>{_CURRENCY}))?"
    )


_AMOUNTS = re.compile(
    rf"(?<![A-Za-z0-9.,]){_amount('low')}"
    rf"(?P<rest>\s?(?P<link>~|–|—|-|至|到|to|and|和)\s?{_amount('high')})?",
    re.IGNORECASE,
)
_AND_SAID = re.compile(r"(?:between|介于|在)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Amount:
    """An amount or a range, its currency (empty where none is written), and where it stands."""

    low: Decimal
    high: Decimal | None
    currency: str
    begin: int
    end: int


def find_amounts(plain: str) -> Iterator[Amount]:
    """The amounts of a text in their order; each has a currency, or 万 or 亿 behind its number.

    ``plain`` is folded as in :func:`achievements.figures.signs.fold_signs`.
    """
    place = 0
    while (hit := _AMOUNTS.search(plain, place)) is not None:
        found = _range(plain, hit) or _single(hit)
        place = found.end if found else hit.end("number_low")
        if found and (found.currency or re.search(r"[万亿]", plain[found.begin : found.end])):
            yield found


def _single(hit: re.Match[str]) -> Amount | None:
    low = _value(hit["number_low"], hit["scale_low"])
    end = max(hit.end(f"{part}_low") for part in ("number", "scale", "behind"))
    return _checked(low, None, _currency(hit, "low"), hit.start(), end)


def _range(plain: str, hit: re.Match[str]) -> Amount | None:
    """“50-80万元”, “between EUR 200,000 and 300,000”: what is written once holds for both."""
    if not hit["rest"]:
        return None
    if hit["link"] in ("and", "和") and not _AND_SAID.search(
        plain[max(0, hit.start() - 10) : hit.start()]
    ):
        return None
    first, last = _currency(hit, "low"), _currency(hit, "high")
    if first and last and first != last:
        return None
    low, high = (_value(hit[f"number_{end}"], hit[f"scale_{end}"]) for end in ("low", "high"))
    if not hit["scale_low"] and hit["scale_high"]:
        low = _value(hit["number_low"], hit["scale_high"])
    return _checked(low, high, first or last, hit.start(), hit.end()) if low < high else None


def _checked(
    low: Decimal, high: Decimal | None, currency: str, begin: int, end: int
) -> Amount | None:
    return (
        Amount(low, high, currency, begin, end) if 0 < low <= (high or low) < MOST_MONEY else None
    )


def _currency(hit: re.Match[str], which: str) -> str:
    word = hit[f"before_{which}"] or hit[f"behind_{which}"]
    return _BY_WORD[word.casefold()] if word else ""


def _value(number: str, scale: str | None) -> Decimal:
    """A number times its scale, to the cent."""
    times = _SCALES[scale.strip().rstrip(".").casefold()] if scale else 1
    if re.match(CHINESE_NUMERAL, number):
        value = Decimal(read_numeral(number))
    elif scale and re.fullmatch(r"\d{1,3}\.\d{3}", number):
        value = Decimal(number)  # 1.234 million
    else:
        cents = re.search(r"\.\d{1,2}$", number)
        whole = number[: cents.start()] if cents else number
        if re.fullmatch(r"\d{1,3}(?:[, .]\d{3})+", whole):
            whole = re.sub(r"[, .]", "", whole)  # 300,000; 300 000; 300.000
        value = Decimal(whole + (cents[0] if cents else ""))
    return (value * times).quantize(Decimal("0.01"))
