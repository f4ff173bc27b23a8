"""From drafts to unsaved objects: tidied texts, rows within rows, and whether anything differs."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from achievements.importing.drafts import Draft
from achievements.importing.merging import merged_rows, merged_values
from achievements.importing.problems import Problem
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Inventor,
    IPRight,
    Listing,
    RequirementRow,
)
from achievements.services.text import clean_text, clean_words

Kind = Achievement | Demand | Expert
TABLES: dict[str, type[models.Model]] = {
    "evidence": EvidenceRow,
    "ip_rights": IPRight,
    "inventors": Inventor,
    "requirements": RequirementRow,
}


@dataclass(frozen=True)
class References:
    """What rows within a batch refer to: experts by reference, quantities by what people wrote."""

    experts: dict[str, int]
    quantities: dict[str, int]


def build_table(
    draft: Draft, name: str, rows: list[dict[str, Any]], references: References
) -> list[models.Model]:
    """Unsaved rows within the row, in their order; an expert nobody knows gives a notice."""
    made = []
    for position, values in enumerate(rows):
        values = dict(values)
        if name == "inventors":
            reference = values.pop("expert")
            values["expert_id"] = references.experts.get(reference)
            if reference and reference not in references.experts:
                draft.notices.append(
                    Problem(
                        draft.line,
                        name,
                        _("No expert “%(number)s” is in the pool; the name is kept."),
                        {"number": reference[:60]},
                        "expert_notice",
                    )
                )
        elif "quantity" in values:
            values["term_id"] = references.quantities.get(values["quantity"])
        made.append(TABLES[name](position=position, **values))
    return made


def tidy(draft: Draft) -> None:
    """Bring texts into the form in which every listing keeps them."""
    for name, value in draft.values.items():
        if isinstance(value, str):
            draft.values[name] = clean_text(value)
        elif isinstance(value, list):
            draft.values[name] = clean_words(value)
    for rows in draft.tables.values():
        for row in rows:
            row |= {name: clean_text(text) for name, text in row.items() if isinstance(text, str)}


def through() -> Any:
    """The table between listings and vocabulary terms."""
    return Listing.fields.through


def parent_field(row: models.Model) -> str:
    """The name of the field by which a row within belongs to its listing."""
    return "demand" if isinstance(row, RequirementRow) else "achievement"


def common_part(obj: Kind) -> Listing:
    """The row of the common table, without saving anything of the kind's own table."""
    return Listing(
        **{
            f.attname: getattr(obj, f.attname)
            for f in Listing._meta.concrete_fields
            if f.name != "id"
        }
    )


def differs(rows: list[models.Model], obj: Kind, name: str) -> bool:
    """Whether the rows within, their order included, are not those the listing has."""
    kept = getattr(obj, name).all()
    return [_content(row) for row in rows] != [_content(row) for row in kept]


def _content(row: models.Model) -> tuple[Any, ...]:
    skipped = {"id", parent_field(row), "position"}
    return tuple(
        getattr(row, f.attname) for f in row._meta.concrete_fields if f.name not in skipped
    )


def merge(
    draft: Draft, obj: Kind, tables: dict[str, list[models.Model]]
) -> dict[str, list[models.Model]]:
    """Make of a draft what its listing is to say, by the rule of `achievements.importing.merging`;
    returns the rows within as they are then, unsaved."""
    listing = {name: getattr(obj, name) for name in {*draft.values, *content_names(obj)}}
    draft.values = merged_values(draft.filled, listing, replace=draft.replaces)
    if draft.terms is not None:
        draft.terms = draft.terms | {term.pk for term in obj.fields.all()}
    merged: dict[str, list[models.Model]] = {}
    for name, rows in tables.items():
        kept = [_row_values(row) for row in getattr(obj, name).all()]
        new = [_row_values(row) for row in rows]
        together = merged_rows(name, new, kept, replace=draft.replaces)
        merged[name] = [TABLES[name](**row, position=at) for at, row in enumerate(together)]
    return merged


def content_names(obj: Kind) -> list[str]:
    """The names, as attributes, of the columns that people fill in."""
    return [field.attname for field in obj._meta.concrete_fields if field.editable]


def _row_values(row: models.Model) -> dict[str, Any]:
    skipped = {"id", parent_field(row), "position"}
    fields = row._meta.concrete_fields
    return {f.attname: getattr(row, f.attname) for f in fields if f.name not in skipped}


def name_of(draft: Draft) -> Any:
    """What a draft is known by: its number, else both titles."""
    titles = (draft.values.get("title_en", ""), draft.values.get("title_zh", ""))
    return draft.external_id or titles


def gone(draft: Draft) -> Problem:
    """Why a draft cannot be merged into a listing that is not there."""
    message = _("The listing it was to be merged into is no longer there. Check the file again.")
    return Problem(draft.line, "", message, code="duplicate")
