"""A budget written in free text of either language; pure computation.

It is only ever proposed. Prices, costs, turnovers and amounts for one piece are no budgets.
"""

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from achievements.figures.amounts import Amount, find_amounts
from achievements.figures.comparing import AT_LEAST, AT_MOST, compared_before, compared_behind
from achievements.figures.sentences import sentence_around, shown_sentence
from achievements.figures.signs import fold_signs

MOST_TEXT = 50_000  # characters of one text that are read
MOST_AMOUNTS = 100  # of one text that are looked at
LEAST_UNNAMED = 10_000  # “up to …” without a word for budget is one from here on

_BUDGET = re.compile(
    r"budget(?:ed|s)?\b|\bfunding (?:available|is|of)|\b(?:can|could|will|would|to) (?:spend|pay|"
    r"invest)\b|\bafford\b|\bset aside\b|\bearmarked\b|预算|经费|拟投入|计划投入|拟投资|计划投资|"
    r"出资|研发投入|资金投入|揭榜金额|悬赏|榜额",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\b(?:cost|costs|price[sd]?|turnover|revenues?|sales|profits?|sav(?:e|es|ed|ings?)|loss(?:es)?|"
    r"los(?:e|es|t|ing)|worth|market|fine[sd]?|fees?|raised|capital|assets|invested|spent|"
    r"currently (?:spend|pay)|income)\b|成本|价格|单价|售价|报价|市场|产值|营收|营业|收入|"
    r"销售|利润|税|节约|节省|损失|注册资本|资产|融资|罚款|已投入|已投资|补贴|效益",
    re.IGNORECASE,
)
_EACH = re.compile(
    r"\s?(?:/|per\b|a piece\b|apiece\b|each\b|(?:a|every) (?:unit|tonne|ton|kilo|year|month)\b"
    r"|每|一(?:台|套|件|个|吨|只))",
    re.IGNORECASE,
)
_EACH_BEFORE = re.compile(r"(?:每[^，,。]{0,8}|\bper \w+ )$", re.IGNORECASE)


@dataclass(frozen=True)
class Budget:
    """What a text says can be spent: lowest, highest, currency; in its words, with the sentence."""

    low: Decimal | None
    high: Decimal | None
    currency: str
    words: str
    sentence: str

    @property
    def key(self) -> str:
        """The same for the same amounts, wherever they stand in the text."""
        said = f"budget\x1f{self.low}\x1f{self.high}\x1f{self.currency}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def find_budget(text: str) -> Budget | None:
    """The first budget of a text; one that is called so before one that is only a limit."""
    plain = fold_signs(text[:MOST_TEXT])
    limit: Budget | None = None
    floor = 0
    for amount in islice(find_amounts(plain), MOST_AMOUNTS):
        found = _budget(plain, text, amount, floor)
        floor = amount.end
        if found is None:
            continue
        budget, named = found
        if named:
            return budget
        limit = limit or budget
    return limit


def _budget(plain: str, text: str, amount: Amount, floor: int) -> tuple[Budget, bool] | None:
    """The budget that an amount is, and whether a word of its sentence calls it one."""
    first, stop = sentence_around(plain, amount.begin, amount.end)
    before = plain[max(first, floor) : amount.begin]
    after, end = compared_behind(plain, amount.end)
    called = _called(before, plain[amount.end : stop])
    operator, where = compared_before(before)
    if called is False or _EACH.match(plain, end) or _EACH_BEFORE.search(before):
        return None
    if called is None and not _is_limit(amount, operator or after):
        return None
    low, high = amount.low, amount.high
    if high is None and (operator or after) != AT_LEAST:
        ends: tuple[Decimal | None, Decimal | None] = (None, low)
    else:
        ends = (low, high)
    begin = amount.begin - (len(before) - where)
    words = " ".join(text[begin:end].split())
    sentence = shown_sentence(text, begin, end)
    return Budget(*ends, amount.currency or "CNY", words, sentence), bool(called)


def _is_limit(amount: Amount, operator: str) -> bool:
    """Whether an amount that no word calls a budget limits more than the price of a piece."""
    return operator == AT_MOST and bool(amount.currency) and amount.low >= LEAST_UNNAMED


def _called(before: str, behind: str) -> bool | None:
    """Whether the nearest word says that it is a budget (True), something else (False), or none."""
    found = [(hit.end(), True) for hit in _BUDGET.finditer(before)]
    found += [(hit.end(), False) for hit in _OTHER.finditer(before)]
    if found:
        return max(found)[1]
    clause = re.split(r"[，,。；;（）()]|\.\s", behind, maxsplit=1)[0][:40]
    later = [(hit.start(), True) for hit in _BUDGET.finditer(clause)]
    later += [(hit.start(), False) for hit in _OTHER.finditer(clause)]
    return min(later)[1] if later else None
