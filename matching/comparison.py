"""Listings beside each other: one row a fact, figures of one quantity in one unit."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.text import row_number
from achievements.cards import organisation_of
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    Listing,
    RequirementRow,
)
from achievements.permissions import Reader
from achievements.presentation import (
    budget_text,
    choice_labels,
    fallback_language,
    language_names,
    listed,
    plain_number,
    price_text,
    requirement_text,
    said,
)
from achievements.services.text import fold
from achievements.units import UnknownUnitError, convert
from matching.scoring.requirements import DIFFERENCES

FEWEST, MOST = 2, 4

Cell = dict[str, Any]
Row = dict[str, Any]
Measured = EvidenceRow | RequirementRow
_SIGNS = {">=": "≥ ", "<=": "≤ ", "about": "≈ "}
_MODELS: dict[str, type[Listing]] = {"achievement": Achievement, "demand": Demand, "expert": Expert}


def wanted_ids(values: Iterable[str]) -> list[int]:
    """The numbers in ``ids`` of an address, in their order, each once; what is none is left out."""
    numbers = [row_number(part.strip()) for value in values for part in value.split(",")]
    return list(dict.fromkeys(filter(None, numbers)))


def listings_for(user: Any, ids: Sequence[int]) -> list[Listing]:
    """At most four of these that the user may see, whole, in the order asked for."""
    kinds = dict(Listing.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "kind"))
    chosen = [pk for pk in ids if pk in kinds][:MOST]
    found: dict[int, Listing] = {}
    for kind, model in _MODELS.items():
        keys = [pk for pk in chosen if kinds[pk] == kind]
        if keys:
            rows: Any = model._default_manager.all()
            rows = rows.visible_to(user).filter(pk__in=keys)
            rows = rows.with_details(user) if kind != "expert" else rows.with_card_details()
            found |= {row.pk: row for row in rows}
    return [found[pk] for pk in chosen if pk in found]


def compare(listings: Sequence[Listing], reader: Reader) -> dict[str, Any]:
    """``columns`` (one a listing) and ``rows``: ``label``, ``unit``, ``cells``, ``differs``.

    A cell is a list of lines with ``text``, ``lang`` and ``note``; a row that says the same of
    every listing does not differ. Rows that nobody fills are left out. Figures of one quantity
    are converted to the unit of the first listing that has it; what was written is noted.
    """
    columns = [_column(listing, reader) for listing in listings]
    rows: list[Row] = [
        {"label": label, "unit": "", "cells": [_lines(one) for one in cells]}
        for label, cells in _facts(listings, columns)
    ]
    rows += _figures(listings)
    kept = [row for row in rows if any(row["cells"])]
    for row in kept:
        said_by = {tuple(line["text"] for line in cell) for cell in row["cells"]}
        row["differs"] = len(said_by) > 1
    return {"columns": columns, "rows": kept}


def _column(listing: Listing, reader: Reader) -> dict[str, Any]:
    return {
        "listing": listing,
        "id": listing.pk,
        "kind": listing.kind,
        "title": listing.title,
        "lang": fallback_language(listing),
        "url": listing.get_absolute_url(),
        **organisation_of(listing, reader),
    }


def _facts(
    listings: Sequence[Listing], columns: Sequence[dict[str, Any]]
) -> list[tuple[str, list[Any]]]:
    """Label and one value for each listing; a value is a text, a `Said`, a list of these."""

    def each(value: Callable[[Any], Any], *kinds: type[Listing]) -> list[Any]:
        return [value(one) if isinstance(one, kinds or Listing) else "" for one in listings]

    return [
        (_("Kind"), each(lambda one: one.get_kind_display())),
        (_("Organisation"), [column["organisation"] for column in columns]),
        (_("Region"), [column["region"] for column in columns]),
        (_("Fields"), each(lambda one: listed(term.label for term in one.fields.all()))),
        (_("Summary"), each(lambda one: said(one, "summary"))),
        (_("Problem"), each(lambda one: said(one, "problem"), Achievement)),
        (_("Advantages"), each(lambda one: said(one, "advantages"), Achievement)),
        (_("Readiness"), each(_readiness, Achievement)),
        (_("Readiness sought"), each(lambda one: _trl(one.trl_min), Demand)),
        (_("Price"), each(price_text, Achievement)),
        (_("Budget"), each(budget_text, Demand)),
        (_("Modes"), each(_modes)),
        (_("IP rights"), each(_rights, Achievement)),
        (_("Deadline"), each(_deadline, Demand)),
        (_("Expertise"), each(lambda one: said(one, "expertise"), Expert)),
        (_("Languages"), each(lambda one: listed(language_names(one.languages)), Expert)),
        (_("Availability"), each(lambda one: one.get_availability_display(), Expert)),
    ]


def _trl(level: int | None) -> str:
    return f"TRL {level}" if level else ""


def _readiness(achievement: Achievement) -> str:
    level = _trl(achievement.trl)
    if level and achievement.trl_verified_at is not None:
        return _("%(level)s, verified") % {"level": level}
    return level


def _modes(listing: Listing) -> str:
    if isinstance(listing, Achievement):
        return listed(choice_labels(listing.transfer_modes, Achievement.TransferMode.choices))
    if isinstance(listing, Demand):
        return listed(choice_labels(listing.cooperation_modes, Demand.CooperationMode.choices))
    if isinstance(listing, Expert):
        return listed(choice_labels(listing.services, Expert.Service.choices))
    return ""


def _rights(achievement: Achievement) -> list[str]:
    return [
        " · ".join(filter(None, (right.get_kind_display(), right.get_status_display())))
        for right in achievement.ip_rights.all()
    ]


def _deadline(demand: Demand) -> str:
    return date_format(demand.deadline, "DATE_FORMAT") if demand.deadline else ""


def _lines(value: Any) -> list[Cell]:
    """One value as lines of a cell; nothing for an empty one."""
    values = value if isinstance(value, list) else [value]
    return [
        {"text": str(getattr(one, "text", one)), "lang": getattr(one, "lang", ""), "note": ""}
        for one in values
        if one
    ]


def _figures(listings: Sequence[Listing]) -> list[Row]:
    """One row a quantity, in the order in which they are met."""
    groups: dict[Any, list[tuple[int, Measured]]] = {}
    for place, listing in enumerate(listings):
        for row in _measured(listing):
            key = row.term_id or fold(row.quantity).casefold()
            groups.setdefault(key, []).append((place, row))
    rows = []
    for found in groups.values():
        first = found[0][1]
        unit = first.unit
        cells: list[list[Cell]] = [[] for _listing in listings]
        values = [_converted(row.value, row, unit) for _place, row in found]
        large = any(value is not None and abs(value) >= 10_000 for value in values)
        for place, row in found:
            cells[place].append(_figure(row, unit, grouped=large))
        rows.append({"label": first.label, "unit": unit, "cells": cells})
    return rows


def _measured(listing: Listing) -> list[Measured]:
    if isinstance(listing, Achievement):
        return list(listing.evidence.all())
    return list(listing.requirements.all()) if isinstance(listing, Demand) else []


def _converted(value: Decimal | None, row: Measured, unit: str) -> Decimal | None:
    if value is None:
        return None
    if row.unit.strip() == unit.strip():
        return value
    difference = row.term is not None and row.term.code in DIFFERENCES
    try:
        found = convert(value, row.unit, unit, difference=difference)
    except UnknownUnitError:
        return None
    return None if found is None else Decimal(f"{found:.6g}")


def _figure(row: Measured, unit: str, *, grouped: bool) -> Cell:
    """A figure in the row's unit; what cannot be converted stays as it was written.

    ``grouped`` sets thousands apart, as those of a larger figure in the same row are.
    """
    written = f"{plain_number(row.value)} {row.unit}".rstrip()
    if isinstance(row, RequirementRow):
        written = requirement_text(row)
    value = _converted(row.value, row, unit)
    notes = [row.conditions] if isinstance(row, EvidenceRow) and row.conditions else []
    if value is None:
        return {"text": written, "lang": "", "note": listed(notes)}
    text = plain_number(value, grouped=grouped)
    if isinstance(row, RequirementRow):
        top = _converted(row.value_max, row, unit) if row.operator == "between" else None
        text = f"{_SIGNS.get(row.operator, '')}{text}"
        text = f"{text}–{plain_number(top, grouped=grouped)}" if top is not None else text
        notes.append(_("asked: must") if row.priority == "must" else _("asked: preferred"))
    if row.unit.strip() != unit.strip():
        notes.append(_("written as %(figure)s") % {"figure": written})
    return {"text": text, "lang": "", "note": " · ".join(notes)}
