"""Files of invented achievements, as an office would export them from a system of its own."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from random import Random

from openpyxl import Workbook

from achievements.models import Achievement
from matching.seeding.texts import TOPICS, Writer

HEADERS = (
    *("编号", "title_en", "title_zh", "summary_en", "summary_zh", "problem_en", "problem_zh"),
    *("solution_en", "solution_zh", "advantages_en", "keywords_en", "领域", "地区", "trl"),
    *("转化方式", "价格", "evidence", "ip_rights", "inventors"),
)
_PORTION = 1000
_FIELDS = ("C26", "C35", "C39", "I65", "M73")
_REGIONS = ("CN-BJ", "CN-SH", "江苏省", "浙江", "Guangdong", "")
_QUANTITIES = (("energy density", "Wh/kg"), ("efficiency", "%"), ("temperature", "°C"))


def rows(count: int, *, alike: float, seed: int = 1) -> Iterator[list[str]]:
    """So many achievements, half English, half Chinese; ``alike``: the share of those that say of
    an earlier one with other words what it lacks, under a number of their own."""
    chance = Random(seed)
    writers = {code: Writer(code, seed, 0) for code in ("en", "zh")}
    earlier: list[list[str]] = []
    for start in range(0, count, _PORTION):
        size = min(_PORTION, count - start)
        topics = [chance.randrange(TOPICS) for _row in range(size)]
        texts = {
            code: [writer.write(topics, words) for words in (8, 30, 35, 45, 25, 4)]
            for code, writer in writers.items()
        }
        for place in range(size):
            number = start + place
            if earlier and chance.random() < alike:
                row = list(chance.choice(earlier))
                row[0] = f"S-{number:07}"
                row[9], row[13] = texts["en"][4][place], str(chance.randint(1, 9))
                row[17] = ""
                yield row
                continue
            row = _row(number, {code: [c[place] for c in texts[code]] for code in texts}, chance)
            if len(earlier) < _PORTION:
                earlier.append(row)
            yield row


def _row(number: int, texts: dict[str, list[str]], chance: Random) -> list[str]:
    code = chance.choice(("en", "zh"))
    title, summary, problem, solution, advantages, words = texts[code]
    both = {"en": 0, "zh": 1}
    cells = []
    for text in (title[:290], summary[:990], problem, solution):
        pair = ["", ""]
        pair[both[code]] = text
        cells += pair
    quantity, unit = chance.choice(_QUANTITIES)
    return [
        *(f"S-{number:07}", *cells, advantages if code == "en" else ""),
        *(", ".join(words.split()[:4]) if code == "en" else "", chance.choice(_FIELDS)),
        *(chance.choice(_REGIONS), str(chance.randint(1, 9))),
        "; ".join(sorted(chance.sample(Achievement.TransferMode.values, 2))),
        chance.choice(("面议", "80万元", "100-200万元", "500000")),
        f"{quantity} = {chance.randint(1, 900)} {unit}" if chance.random() < 0.4 else "",
        f"patent CN2019{number:08}.X, CN, granted, {title[:60]}" if chance.random() < 0.5 else "",
        f"{chance.choice('王李张刘陈')}{chance.choice('伟芳娜敏静')}" if code == "zh" else "",
    ]


def write_file(path: Path, count: int, *, alike: float = 0.0) -> Path:
    """Write them into ``path``: an XLSX, or a CSV packed with gzip, as the name says."""
    made = rows(count, alike=alike)
    if path.suffix == ".gz":
        with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(HEADERS)
            table.writerows(made)
        return path
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADERS)
    for row in made:
        sheet.append(row)
    book.save(path)
    return path
