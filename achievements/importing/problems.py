"""What was wrong with a file or worth telling about it, in bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

KEPT_PROBLEMS = 1000
KEPT_LINES = 10
KEPT_PREVIEWS = 20


@dataclass(frozen=True)
class Problem:
    """Why one row is refused: its line, the column, the reason with its remedy. ``listing``: the
    key of what stands in its way, for whoever may see that."""

    line: int
    field: str
    message: Any
    params: dict[str, Any] | None = None
    code: str = "invalid"
    listing: int | None = None

    @property
    def text(self) -> str:
        """The reason in the active language."""
        return str(self.message) % self.params if self.params else str(self.message)

    def as_data(self) -> dict[str, Any]:
        """Plain JSON values, with the reason in every language of the site."""
        return {
            "line": self.line,
            "field": self.field,
            "code": self.code,
            "message": in_every_language(lambda: self.text),
            **({"listing": self.listing} if self.listing is not None else {}),
        }


@dataclass
class Notice:
    """Something that was done to several rows and should not go unsaid."""

    problem: Problem
    count: int = 0
    lines: list[int] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        """Plain JSON values: how many rows, the first lines, the first example."""
        return {**self.problem.as_data(), "count": self.count, "lines": self.lines}


def in_every_language(render: Callable[[], str]) -> dict[str, str]:
    """What ``render`` says in each language of the site, by language code."""
    texts = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            texts[code] = render()
    return texts


def problems_of(error: ValidationError, line: int, name: str = "") -> list[Problem]:
    """One problem for each message; ``name`` is the column where the error does not say it."""
    if hasattr(error, "error_dict"):
        return [
            problem
            for field_name, errors in error.error_dict.items()
            for each in errors
            for problem in problems_of(each, line, "" if field_name == "__all__" else field_name)
        ]
    return [
        Problem(line, name, each.message, each.params, each.code or "invalid")
        for each in error.error_list
    ]


def problems_of_entry(
    error: ValidationError, line: int, column: str, row: Model, number: int | None
) -> list[Problem]:
    """Those of one entry of a cell that holds several: they belong to the cell's ``column``, and
    say which entry (``number``, None where there is one) and which part of it is wrong."""
    found = []
    for each in problems_of(error, line):
        part = getattr(row._meta.get_field(each.field), "verbose_name", "") if each.field else ""
        words = {"number": number, "part": part, "reason": _text_of(each)}
        message: Any = "%(reason)s"
        if number is not None and part:
            message = _("Entry %(number)s, %(part)s: %(reason)s")
        elif number is not None:
            message = _("Entry %(number)s: %(reason)s")
        elif part:
            message = _("%(part)s: %(reason)s")
        found.append(Problem(line, column, message, words, each.code))
    return found


_text_of = lazy(lambda problem: problem.text, str)  # in the language that is active then


@dataclass
class Report:
    """What an import did or would do. Only the first problems are kept; all are counted.

    ``duplicates``: possible ones; in a check they are counted as nothing else, for what becomes of
    them may still be chosen. ``skipped`` and ``merged`` are some of them. ``held``: rows that were
    to be handed in but stay drafts. ``on_problem`` is called with every problem, kept or not.
    """

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    bad: int = 0
    duplicates: int = 0
    skipped: int = 0
    merged: int = 0
    published: int = 0
    held: int = 0
    encoding: str = ""
    applied: bool = False
    columns: dict[str, str] = field(default_factory=dict)
    unknown_columns: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)
    previews: list[dict[str, Any]] = field(default_factory=list)
    on_problem: Callable[[Problem], None] | None = None

    def add_bad_row(self, problems: list[Problem]) -> None:
        """Count one refused row and its problems."""
        self.bad += 1
        self.problem_count += len(problems)
        self.problems += problems[: max(0, KEPT_PROBLEMS - len(self.problems))]
        if self.on_problem is not None:
            for problem in problems:
                self.on_problem(problem)

    def add_notice(self, problem: Problem) -> None:
        """Count something worth telling; the first example of each sort stands for all."""
        notice = self.notices.setdefault((problem.code, problem.field), Notice(problem))
        notice.count += 1
        if len(notice.lines) < KEPT_LINES and problem.line not in notice.lines:
            notice.lines.append(problem.line)

    def add_preview(self, line: int, title: str, outcome: str) -> None:
        """Remember what happens to one of the first rows."""
        if len(self.previews) < KEPT_PREVIEWS:
            self.previews.append({"line": line, "title": title[:200], "outcome": outcome})

    @property
    def changes(self) -> int:
        """How many listings are different, or would be."""
        return self.created + self.updated

    def as_data(self) -> dict[str, Any]:
        """Plain JSON values for the kept record of a run."""
        return {
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "bad": self.bad,
            "duplicates": self.duplicates,
            "skipped": self.skipped,
            "merged": self.merged,
            "published": self.published,
            "held": self.held,
            "encoding": self.encoding,
            "applied": self.applied,
            "columns": self.columns,
            "unknown_columns": self.unknown_columns,
            "problems": [problem.as_data() for problem in self.problems],
            "problem_count": self.problem_count,
            "notices": [notice.as_data() for notice in self.notices.values()],
            "previews": self.previews,
        }
