"""One row of a file becomes the values of one listing, or the reasons why it cannot."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from achievements.importing import cells, measures
from achievements.importing.cells import is_empty, plain
from achievements.importing.columns import (
    BODY,
    ROW_TABLES,
    ColumnMap,
    bilingual,
    choices_of,
    fields_of,
)
from achievements.importing.drafts import Draft
from achievements.importing.lookups import Lookups
from achievements.importing.problems import Problem, problems_of
from achievements.models import Achievement, Listing

# Entries of these lists may be titles and sentences with commas in them.
LONG_ENTRIES = {"works", "certificates"}
# An over-long entry of these is cut, and the report says so; elsewhere it is an error.
CUT_ENTRIES = {"keywords_en", "keywords_zh", "works"}
# What is made from a text gives way to columns of its own; fields may add keywords.
_ORDER = {"title": 0, "text": 1, "fields": 3}


class RowReader:
    """Turns rows of one file into drafts. ``any_organisation`` lets a column name who posts."""

    def __init__(
        self,
        kind: str,
        organisation: Organisation | None,
        *,
        any_organisation: bool = False,
        lookups: Lookups | None = None,
        mapping: Mapping[str, str] | None = None,
    ) -> None:
        self.kind = Listing.Kind(kind)
        self.organisation = organisation
        self.any_organisation = any_organisation
        self.columns = ColumnMap(kind, mapping)
        self.lookups = lookups or Lookups()
        self.fields = fields_of(kind)
        self.bilingual = bilingual(kind)
        self.unknown: dict[str, int] = {}

    def read(self, line: int, row: dict[str, Any] | ValidationError) -> Draft:
        """One draft; its ``problems`` say why it cannot go in. Raises only for the whole file."""
        draft = Draft(line, organisation=self.organisation)
        if isinstance(row, ValidationError):
            draft.problems += problems_of(row, line)
            return draft
        given: dict[tuple[str, str], Any] = {}
        for header, cell in row.items():
            column = self.columns.find(header)
            if column is None:
                self.unknown[header] = self.unknown.get(header, 0) + (not is_empty(cell))
            else:
                given[column.name, column.language] = cell
        language = self._language(draft, given)
        for (name, said), cell in sorted(given.items(), key=lambda item: _ORDER.get(item[0][0], 2)):
            try:
                self._read_cell(draft, name, said or language, cell)
            except ValidationError as error:
                draft.problems += problems_of(error, line, self.columns.header_of(name))
        self._check_title(draft)
        self._check_lengths(draft)
        return draft

    def _language(self, draft: Draft, given: dict[tuple[str, str], Any]) -> str:
        """The language of cells whose column does not say one."""
        cell = given.get(("language", ""))
        try:
            said = "" if is_empty(cell) else cells.language(cell)
        except ValidationError:
            said = ""
        if said or is_empty(cell):
            sample = given.get(("title", "")) or given.get(("text", "")) or ""
            return said or cells.script_of(str(sample))
        self._notice(draft, "language", _("Languages other than English and Chinese are not kept."))
        return cells.script_of(str(given.get(("title", ""), "")))

    def _notice(self, draft: Draft, name: str, message: Any, **params: Any) -> None:
        header = self.columns.header_of(name)
        draft.notices.append(Problem(draft.line, header, message, params, code=f"{name}_notice"))

    def _read_cell(self, draft: Draft, name: str, language: str, cell: Any) -> None:
        if name == "language":
            return
        made = getattr(self, f"_made_{name}", None)
        if made is not None:
            made(draft, language, cell)
        elif name in ROW_TABLES[self.kind]:
            draft.tables[name] = [] if is_empty(cell) else measures.READERS[name](cell)
        elif name in self.bilingual:
            key = f"{name}_{language}"
            if is_empty(cell):
                self._leave_blank(draft, key)
            else:
                draft.values[key] = self._value(draft, key, cell)
        elif is_empty(cell):
            self._leave_blank(draft, name)
        else:
            draft.values[name] = self._value(draft, name, cell)

    def _leave_blank(self, draft: Draft, name: str) -> None:
        """An empty cell means the field's default, or nothing, unless another column gave more."""
        if name not in draft.values:
            words = isinstance(self.fields[name], ArrayField)
            draft.values[name] = [] if words else self.fields[name].get_default()
            draft.blank[name] = [] if words else draft.values[name]

    def _value(self, draft: Draft, name: str, cell: Any) -> Any:
        """A non-empty cell as the field's type."""
        target = self.fields[name]
        if isinstance(target, ArrayField):
            return self._list(draft, name, target, cell)
        if target.choices:
            return cells.choice(cell, choices_of(target))
        if name in ("trl", "trl_min"):
            return cells.readiness(cell)
        if name == "currency":
            return cells.currency(cell)
        if isinstance(target, models.DecimalField):
            return cells.number(cell).quantize(Decimal(10) ** -target.decimal_places)
        if isinstance(target, models.DateField):
            return cells.day(cell)
        text = plain(cell)
        return text if isinstance(target, models.TextField) else " ".join(text.split())

    def _list(self, draft: Draft, name: str, target: ArrayField, cell: Any) -> list[str]:
        if name == "works" and isinstance(cell, list):
            cell = [measures.publication(entry) for entry in cell]
        entries = cells.words(cell, strong=name in LONG_ENTRIES)
        if target.base_field.choices:
            choices = choices_of(target.base_field)
            return list(dict.fromkeys(cells.choice(entry, choices) for entry in entries))
        if name == "languages":
            return list(dict.fromkeys(cells.language(e) or e.lower() for e in entries))
        if name in CUT_ENTRIES:
            limit = int(target.base_field.max_length or 0)
            entries = [self._cut(draft, name, entry, limit) for entry in entries]
        return list(dict.fromkeys(entries))

    def _cut(self, draft: Draft, name: str, entry: str, limit: int) -> str:
        if len(entry) <= limit:
            return entry
        self._notice(
            draft, name, _("Entries longer than %(limit)s characters were cut."), limit=limit
        )
        return f"{entry[: limit - 1].rstrip()}…"

    def _made_text(self, draft: Draft, language: str, cell: Any) -> None:
        """The first sentence is the summary; more than that goes into the body as a whole."""
        text = "" if is_empty(cell) else plain(cell)
        summary = cells.first_sentences(text)
        body = text if " ".join(text.split()) != summary else ""
        if text and text == draft.values.get(f"title_{language}"):
            summary = body = ""
        draft.values.setdefault(f"summary_{language}", summary)
        key = f"{BODY[self.kind]}_{language}"
        if not draft.values.get(key):
            draft.values[key] = body

    def _made_date(self, draft: Draft, language: str, cell: Any) -> None:
        if not is_empty(cell):
            first = datetime.combine(cells.vague_day(cell), time(), tzinfo=UTC)
            if first <= timezone.now():
                draft.values["created_at"] = first

    def _made_organisation(self, draft: Draft, language: str, cell: Any) -> None:
        name = "" if is_empty(cell) else " ".join(plain(cell).split())
        if not name:
            return
        if self.any_organisation:
            try:
                draft.organisation = self.lookups.organisation(name)
            except ValidationError:
                if self.organisation is None and self.kind != Listing.Kind.EXPERT:
                    raise
            else:
                return
        if self.kind == Listing.Kind.EXPERT:
            draft.values.setdefault(f"affiliation_{cells.script_of(name)}", name)
        elif self.organisation is not None and name not in (
            self.organisation.slug,
            self.organisation.name_en,
            self.organisation.name_zh,
        ):
            self._notice(
                draft,
                "organisation",
                _("The column is not used: every listing is posted for %(organisation)s."),
                organisation=self.organisation.name,
            )

    def _made_fields(self, draft: Draft, language: str, cell: Any) -> None:
        """Terms where a vocabulary knows the words; other words become keywords. Read last."""
        draft.terms = set()
        if is_empty(cell):
            return
        # A label may contain commas and semicolons, so a cell is tried as a whole first.
        for part in cells.words(cell) if isinstance(cell, list) else [plain(cell)]:
            for word in [part] if self.lookups.term(part) else cells.words(part):
                term = self.lookups.term(word)
                if term is not None:
                    draft.terms.add(term)
                    continue
                key = f"keywords_{cells.script_of(word)}"
                self._notice(
                    draft,
                    "fields",
                    _("Names that no vocabulary knows became keywords, such as “%(word)s”."),
                    word=word[:60],
                )
                limit = self.fields[key].base_field.max_length  # type: ignore[attr-defined]
                word = self._cut(draft, key, word, limit)
                keywords = draft.values.setdefault(key, [])
                if word not in keywords:
                    keywords.append(word)

    def _made_region(self, draft: Draft, language: str, cell: Any) -> None:
        draft.values["region_id"] = None if is_empty(cell) else self.lookups.region(plain(cell))

    def _made_price(self, draft: Draft, language: str, cell: Any) -> None:
        """“Negotiable”, an amount or a range; also just the mode, as our own export writes it."""
        if is_empty(cell):
            return
        mode = cells.find_choice(cell, Achievement.PriceMode)
        if mode is not None:
            draft.values["price_mode"] = mode
            return
        low, high, currency = cells.money(cell)
        mode = Achievement.PriceMode.FIXED if high is None else Achievement.PriceMode.RANGE
        draft.values |= {"price_mode": mode, "price_min": low, "price_max": high}
        if currency:
            draft.values.setdefault("currency", currency)

    def _made_budget(self, draft: Draft, language: str, cell: Any) -> None:
        if is_empty(cell):
            return
        low, high, currency = cells.money(cell)
        draft.values |= {"budget_min": low if high is not None else None}
        draft.values["budget_max"] = low if high is None else high
        if currency:
            draft.values.setdefault("currency", currency)

    def _check_title(self, draft: Draft) -> None:
        """Where the file has a column for the title, each row needs one."""
        named = {"title_en", "title_zh"} & set(draft.values)
        if named and not draft.title and not draft.problems:
            message = _("Give a title in English, in Chinese or in both.")
            column = self.columns.header_of(min(named))
            draft.problems.append(Problem(draft.line, column, message, code="required"))

    def _check_lengths(self, draft: Draft) -> None:
        """Text fields have a limit that only forms enforce by themselves."""
        for name, value in draft.values.items():
            target = self.fields.get(name)
            limit = getattr(target, "max_length", None)
            if isinstance(target, models.TextField) and limit and len(value) > limit:
                draft.problems.append(
                    Problem(
                        draft.line,
                        self.columns.header_of(name),
                        _("There are %(length)s characters; at most %(limit)s are possible."),
                        {"length": len(value), "limit": limit},
                        "max_length",
                    )
                )
