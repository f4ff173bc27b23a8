"""Rows proposed from the figures in a listing's own text. Only a person makes rows of them."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.audit import record_audit
from achievements.figures import Figure, Quantity, Vocabulary, find_figures
from achievements.models import Listing, RequirementRow, Term
from achievements.services.quantities import SCHEME, recognise_quantities
from achievements.services.text import fold
from achievements.units import UnknownUnitError, convert

# Which rows the text of a kind can give, and the texts that are read for them. What an
# achievement says of the problem it solves is no measured fact of its own.
RELATION = {"demand": "requirements", "achievement": "evidence"}
_READ = {
    "demand": ("title", "summary", "body"),
    "achievement": ("title", "summary", "solution", "advantages", "readiness_evidence"),
}
TEXTS = {
    kind: [f"{stem}_{language}" for stem in stems for language in ("en", "zh")]
    for kind, stems in _READ.items()
}
MOST = 20  # proposals at a time; more are not read
MOST_IGNORED = 200
_CONDITIONS = 200


def quantity_vocabulary() -> Vocabulary:
    """The measurable quantities with all their names; one query."""
    named: dict[str, list[Quantity]] = {}
    rows = Term.objects.of_scheme(SCHEME).values_list(
        "pk", "label_en", "label_zh", "unit", "synonyms", "own_synonyms"
    )
    for pk, label_en, label_zh, unit, *synonyms in rows:
        row = Quantity(pk, label_en, label_zh, unit)
        for name in dict.fromkeys([label_en, label_zh, *chain(*synonyms)]):
            named.setdefault(name, []).append(row)
    return Vocabulary(named)


def propose_rows(
    texts: Iterable[str], *, rows: Sequence[Mapping[str, Any]] = (), ignored: Iterable[str] = ()
) -> list[Figure]:
    """The figures of the texts that no row covers yet and nobody has set aside, in their order.

    ``rows`` are those that are there, as they were typed: ``quantity``, ``value``, ``unit``. The
    same statement in two languages is proposed once. At most :data:`MOST`; two queries.
    """
    read = [text for text in texts if text and any(sign.isdigit() for sign in text)]
    if not read:
        return []
    vocabulary = quantity_vocabulary()
    kept = [row for row in rows if row.get("quantity") and row.get("value") not in (None, "")]
    terms = recognise_quantities([str(row["quantity"]) for row in kept])
    there = [
        (terms.get(str(row["quantity"])), fold(str(row["quantity"])), _number(row), _unit(row))
        for row in kept
    ]
    passed = set(ignored)
    found: list[Figure] = []
    for text in read:
        for figure in find_figures(text, vocabulary):
            own = (figure.term, fold(figure.quantity), figure.value, figure.unit)
            if figure.key in passed or any(_covers(row, own) for row in there):
                continue
            there.append(own)
            found.append(figure)
    return found[:MOST]


def proposals_of(listing: Listing) -> list[Figure]:
    """What the saved text of an achievement or a demand proposes; none for an expert."""
    relation = RELATION.get(listing.kind)
    if relation is None:
        return []
    whole = getattr(listing, listing.kind) if type(listing) is Listing else listing
    names = ("quantity", "value", "unit")
    rows = [{name: getattr(row, name) for name in names} for row in getattr(whole, relation).all()]
    texts = [getattr(whole, name) for name in TEXTS[listing.kind]]
    return propose_rows(texts, rows=rows, ignored=listing.ignored_figures)


def row_from(figure: Figure, kind: str) -> dict[str, Any]:
    """The row that taking a proposal makes, for the form or for the API.

    Evidence has one value: of a range or a bound it keeps the lower end, and what was written is
    named among the conditions.
    """
    row: dict[str, Any] = {"quantity": figure.quantity}
    if kind == Listing.Kind.DEMAND:
        priority = RequirementRow.Priority.MUST.value
        row |= {"operator": figure.operator, "value": figure.value, "value_max": figure.value_max}
        return {**row, "unit": figure.unit, "priority": priority}
    row |= {"value": figure.value, "unit": figure.unit}
    return {**row, "conditions": _as_written(figure)[:_CONDITIONS]}


def _as_written(figure: Figure) -> str:
    """A range or a bound as text; empty for a plain value."""
    if figure.value_max is not None:
        return f"{figure.value:f}–{figure.value_max:f} {figure.unit}".strip()
    sign = {">=": "≥", "<=": "≤", "about": "≈"}.get(figure.operator, "")
    return f"{sign} {figure.value:f} {figure.unit}".strip() if sign else ""


@transaction.atomic
def ignore_proposals(listing: Listing, *, by: User, keys: Iterable[str]) -> Listing:
    """Set proposals aside for good, by their keys; who edits the listing is not shown them again.

    The content stays as it is, so nothing is reviewed or matched anew. Audit event
    ``listing.ignore_proposals`` when there was a new one.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    wanted = [key for key in dict.fromkeys(keys) if len(key) == 16 and key.isalnum()]
    new = [key for key in wanted if key not in locked.ignored_figures]
    if new:
        locked.ignored_figures = [*locked.ignored_figures, *new][-MOST_IGNORED:]
        locked.save(update_fields=["ignored_figures"])
        record_audit(
            by=by,
            verb="listing.ignore_proposals",
            obj=locked,
            organisation=locked.organisation,
            count=len(new),
        )
    listing.ignored_figures = locked.ignored_figures
    return listing


Stated = tuple[int | None, str, Decimal | None, str]


def _covers(row: Stated, figure: Stated) -> bool:
    """Whether a row says what a figure says: the same value of the same quantity.

    A figure whose quantity the vocabulary does not know is covered by any row with its value: the
    person has corrected the name.
    """
    if figure[0] is not None and row[0] is not None and figure[0] != row[0]:
        return False
    if figure[0] is not None and row[0] is None and figure[1] != row[1]:
        return False
    return _same_value(row, figure)


def _same_value(row: Stated, figure: Stated) -> bool:
    if row[2] is None or figure[2] is None:
        return False
    if row[3].strip() == figure[3]:
        return row[2] == figure[2]
    try:
        value = convert(row[2], row[3], figure[3])
    except UnknownUnitError:
        return False
    return value is not None and abs(value - figure[2]) <= abs(figure[2]) * Decimal("0.000001")


def _number(row: Mapping[str, Any]) -> Decimal | None:
    try:
        return Decimal(str(row["value"]))
    except ArithmeticError:
        return None


def _unit(row: Mapping[str, Any]) -> str:
    return str(row.get("unit") or "")
