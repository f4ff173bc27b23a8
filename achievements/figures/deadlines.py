"""A date in free text of either language by which something is wanted; pure computation.

It is only ever proposed. A year alone, what is past, and times that something lasts or works are
no deadlines.
"""

import calendar
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from achievements.figures.numerals import CHINESE_DIGITS, read_numeral
from achievements.figures.sentences import sentence_around, shown_sentence
from achievements.figures.signs import fold_signs

MOST_TEXT = 50_000  # characters of one text that are read
MOST_DATES = 50  # of one text that are looked at, for each way to write one
FARTHEST = 15  # years; what is later was read wrongly

_MONTHS = {
    name: number
    for number in range(1, 13)
    for name in (calendar.month_name[number].lower(), calendar.month_abbr[number].lower())
} | {"sept": 9}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
_ENGLISH = {word: number for number, word in enumerate(_NUMBERS.split(" "))} | {
    "a": 1,
    "fifteen": 15,
    "eighteen": 18,
    "twenty-four": 24,
    "thirty-six": 36,
}
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4} | {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
}
_NTH = "first|second|third|fourth|last"
_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_YEAR = r"20\d\d(?!\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_DUE = (
    r"\b(?:by|before|until|till|no later than|not later than|at the latest (?:by|in|on)|latest by|"
    r"due(?: by| on| in)?|deadline(?:\s(?:is|of|on|for \w+ is))?|closes(?: on)?|complet\w+ in|"
    r"deliver\w* in|ready in)\s?[:：]?\s+(?:the\s)?(?P<part>(?:very\s)?(?:end|middle|start|"
    r"beginning) of\s(?:the\s)?|end\s|mid[- ])?"
)
_ENGLISH_DATES = [
    re.compile(_DUE + rule, re.IGNORECASE)
    for rule in (
        rf"{_DAY}\s(?:of\s)?(?P<month>{_MONTH}),?\s(?P<year>{_YEAR})",
        rf"(?P<month>{_MONTH})\s{_DAY},?\s(?P<year>{_YEAR})",
        rf"(?P<month>{_MONTH}),?\s(?P<year>{_YEAR})",
        rf"(?P<year>{_YEAR})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>{_YEAR})",
        rf"(?:Q(?P<quarter>[1-4])|(?P<named>{_NTH}) quarter)\s(?:of\s)?(?P<year>{_YEAR})",
        rf"(?P<year>{_YEAR})",
        r"(?P<relative>this|next|the)\syear\b",
    )
]
_WITHIN = re.compile(
    r"\b(?:within|in less than|in no more than|in at most|(?:takes?|taking) no more than)\s"
    r"(?:the\snext\s|the\scoming\s|a\speriod\sof\s|about\s)?"
    rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_ENGLISH, key=len, reverse=True))})[\s-]"
    r"(?:calendar\s|working\s)?(?P<unit>day|week|month|quarter|year)s?\b",
    re.IGNORECASE,
)
_COUNT = rf"\d{{1,3}}|[{CHINESE_DIGITS}十]{{1,4}}"
_CHINESE_DATE = (
    r"(?P<lead>(?:截止|截至|至迟|最迟|最晚|不晚于|不迟于|到|于|在|应在|期限)"
    r"(?:日期|时间|日)?(?:为|到|至|于|在)?\s?[:：]?\s?)?"
    r"(?:(?P<year>20\d\d|二[〇零]\w{2})年|(?P<relative>今|明|后)年)"
    r"(?:第?(?P<quarter>[一二三四1-4])季度|(?P<half>上半年|下半年)|(?P<month>1[0-2]|0?[1-9]|"
    r"十[一二]?|[一二三四五六七八九])月(?:份)?(?:(?P<day>[0-3]?\d)[日号])?)?"
    r"(?P<part>年?底|年?末|底|末|初|中旬|上旬|下旬|中)?"
    r"(?P<tail>(?:之|以)?前|(?:之|以)?内|截止|(?:内)?(?:完成|交付|提交|验收|投产|上线|结题))?"
)
_THIS_YEAR = r"(?P<relative>本|今|年)年?(?P<part>内|底|末)(?P<tail>(?:之|以)?前|完成|交付)?"
_CHINESE_DATES = [re.compile(_CHINESE_DATE), re.compile(_THIS_YEAR)]
_WITHIN_CHINESE = re.compile(
    rf"(?:(?P<count>{_COUNT})\s?(?:个\s?)?(?P<unit>工作日|日|天|周|星期|月|季度|年)|(?P<half>半年))"
    r"(?P<tail>(?:之|以)?内)"
)
_CLAUSE_END = re.compile(r"[，,。；;！？!?\n]|\.\s")
# What a period measures that is no time to answer or deliver in.
_LASTS = re.compile(
    r"\b(?:degrad\w*|decompos\w*|pay(?:s|ed)?[- ]?(?:it\w* )?back|payback|amorti\w*|warrant\w*|"
    r"guarant\w*|shelf|stor(?:ed|age)|lifetime|fail\w*|stable|stability|valid\w*|expir\w*|patent\w*|"
    r"past|last|previous|since|used|recover\w*|return on|heal\w*|drift\w*)\b|降解|回收期|回本|收回|"
    r"保质|质保|保修|寿命|储存|贮存|衰减|失效|稳定|过去|近|最近|有效期|专利|漂移|愈合|衰退|去年",
    re.IGNORECASE,
)
# Short periods and Chinese dates without “by” need a word of a project beside them.
_PROJECT = re.compile(
    r"\b(?:project|deliver\w*|prototype|start\w*|sample|complet\w*|finish\w*|need\w*|solution|"
    r"answer\w*|repl(?:y|ies)|propos\w*|implement\w*|ready|pilot|offer\w*|appl(?:y|ication)\w*|"
    r"demonstrat\w*|install\w*|result\w*)\b|完成|交付|提交|上线|投产|验收|项目|样机|样品|合作|启动|"
    r"解决|实现|落地|交货|答复|报名|应征|揭榜|方案|截止|周期|工期|需",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\b(?:answer\w*|repl(?:y|ies)|appl(?:y|ications?)|offers?|proposals?|bids?|quotes?|"
    r"submissions?|expressions? of interest)\b|报名|申报|应征|揭榜|投标|回复|答复|征集|截止",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Deadline:
    """The last day that a text names, in its words, with the sentence; and whether that sentence
    speaks of answers, rather than of what is wanted by then."""

    day: date
    words: str
    sentence: str
    about_answers: bool

    @property
    def key(self) -> str:
        """The same for the same words; “within 12 months” stays itself while time goes on."""
        said = f"deadline\x1f{self.words.casefold()}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def find_deadline(text: str, *, today: date) -> Deadline | None:
    """The first deadline of a text after ``today``; one for answers before any other."""
    plain = fold_signs(text[:MOST_TEXT])
    found: dict[tuple[int, int], date] = {}
    for begin, end, day in sorted(_dates(plain, today), key=lambda each: (each[0], -each[1])):
        if today < day <= _later(today, 12 * FARTHEST):
            found.setdefault((begin, end), day)
    sentences = {place: slice(*sentence_around(plain, *place)) for place in found}
    if not found:
        return None
    asked = [place for place, around in sentences.items() if _ANSWER.search(plain[around])]
    begin, end = (asked or list(found))[0]
    words = " ".join(text[begin:end].split())
    sentence = shown_sentence(text, begin, end)
    return Deadline(found[begin, end], words, sentence, about_answers=bool(asked))


def _dates(plain: str, today: date) -> Iterator[tuple[int, int, date]]:
    """Where a date or a period stands, and its last day."""
    rules = [(rule, _day_said) for rule in (*_ENGLISH_DATES, *_CHINESE_DATES)]
    for rule, read in [*rules, (_WITHIN, _day_within), (_WITHIN_CHINESE, _day_within)]:
        for hit in islice(rule.finditer(plain), MOST_DATES):
            first, stop = sentence_around(plain, hit.start(), hit.end())
            around = plain[first:stop]
            if _LASTS.search(_clause(plain, hit)):
                continue
            try:
                day = read(hit, around, today)
            except (ValueError, OverflowError):
                continue
            if day is not None:
                yield hit.start(), hit.end(), day


def _clause(plain: str, hit: re.Match[str]) -> str:
    before = re.split(r"[，,。；;！？!?\n]|\.\s", plain[max(0, hit.start() - 120) : hit.start()])[
        -1
    ]
    behind = re.split(r"[，,。；;！？!?\n]|\.\s", plain[hit.end() : hit.end() + 60], maxsplit=1)[0]
    return f"{before} {behind}"


def _day_said(hit: re.Match[str], around: str, today: date) -> date | None:
    """The last day of a written date: of its month, quarter or year where no day is named."""
    said = hit.groupdict()
    chinese = "tail" in said
    if chinese and not (said["tail"] or (said.get("lead") and _PROJECT.search(around))):
        return None
    year = _year(said, today)
    part = (said.get("part") or "").strip().lower()
    early = part.startswith(("start", "beginning")) or part == "初"
    middle = part.startswith("mid") or part in ("中旬", "中")
    before = hit[0].lower().startswith("before") or bool(
        chinese and re.fullmatch("之?前", said["tail"] or "")
    )
    quarter = said.get("quarter") or (said.get("named") or "").lower()
    if said.get("month"):
        month = _month(said["month"])
        if said.get("day"):
            return date(year, month, int(said["day"]))
        if part == "上旬":
            return date(year, month, 10)
        if early or middle or part == "中旬":
            return date(year, month, 5 if early else 20 if part == "中旬" else 15)
        return date(year, month, 1) - timedelta(1) if before and not part else _end(year, month)
    if quarter:
        return _end(year, 3 * (_QUARTERS.get(quarter) or int(quarter)))
    if said.get("half"):
        return _end(year, 6 if said["half"].startswith("上") else 12)
    if early or not part:
        return None  # a year alone
    return _end(year, 6 if middle else 12)


def _year(said: dict[str, str | None], today: date) -> int:
    if said.get("year"):
        return read_numeral(str(said["year"]))
    return today.year + {"next": 1, "明": 1, "后": 2}.get(str(said["relative"]).lower(), 0)


def _month(name: str) -> int:
    return _MONTHS.get(name.lower().rstrip(".")) or read_numeral(name)


def _day_within(hit: re.Match[str], around: str, today: date) -> date | None:
    """The last day of a period that begins today; of days and weeks only where a project is
    spoken of."""
    said = hit.groupdict()
    if said.get("half"):
        return _later(today, 6)
    word = said["count"].lower()
    count = _ENGLISH[word] if word in _ENGLISH else read_numeral(word)
    unit = said["unit"].lower()
    if unit in ("day", "week", "日", "天", "工作日", "周", "星期"):
        week = unit in ("week", "周", "星期")
        return today + timedelta(count * (7 if week else 1)) if _PROJECT.search(around) else None
    months = {"year": 12, "年": 12, "quarter": 3, "季度": 3}.get(unit, 1)
    return _later(today, count * months)


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
