"""Proposals as a form shows them: from what is typed, saved or not."""

import json
from collections.abc import Iterable
from typing import Any

from achievements.figures import Figure
from achievements.forms.handling import FormSets
from achievements.forms.listings import ListingForm
from achievements.models import RequirementRow
from achievements.presentation import plain_number
from achievements.services.proposals import RELATION, TEXTS, propose_rows, row_from

_SIGNS = {">=": "≥", "<=": "≤", "=": "", "about": "≈"}


def proposals_in(
    form: ListingForm, sets: FormSets, *, kind: str, ignored: Iterable[str] = ()
) -> list[Figure]:
    """The figures of the texts in a form, bound or not, that its rows do not cover."""
    if kind not in RELATION:
        return []
    rows = [
        {name: row[name].value() for name in ("quantity", "value", "unit")}
        for row in sets[RELATION[kind]].forms
        if not row["DELETE"].value()
    ]
    texts = [str(form[name].value() or "") for name in TEXTS[kind]]
    return propose_rows(texts, rows=rows, ignored=ignored)


def shown_proposals(
    form: ListingForm, sets: FormSets, *, kind: str, ignored: Iterable[str]
) -> dict[str, Any]:
    """Values of ``achievements/_proposals.html``."""
    passed = list(dict.fromkeys(ignored))
    figures = proposals_in(form, sets, kind=kind, ignored=passed)
    return {
        "kind": kind,
        "relation": RELATION[kind],
        "proposals": [_shown(figure, kind) for figure in figures],
        "ignored": passed,
    }


def _shown(figure: Figure, kind: str) -> dict[str, Any]:
    """One proposal: in words, with its sentence, and as the row that it makes."""
    row = row_from(figure, kind)
    filled = {name: _text(value) for name, value in row.items()}
    return {
        "key": figure.key,
        "quantity": figure.quantity,
        "known": figure.term is not None,
        "asked": asked(figure),
        "sentence": figure.sentence,
        "row": json.dumps(filled, ensure_ascii=False),
    }


def asked(figure: Figure) -> str:
    """Comparison, value and unit as people read them."""
    if figure.operator == RequirementRow.Operator.BETWEEN and figure.value_max is not None:
        ends = f"{plain_number(figure.value)}–{plain_number(figure.value_max)}"
        return f"{ends} {figure.unit}".rstrip()
    sign = _SIGNS.get(figure.operator, "")
    return f"{sign} {plain_number(figure.value)} {figure.unit}".strip()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:f}"
