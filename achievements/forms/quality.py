"""Score and hints of a listing as a form shows them: from what is typed, saved or not."""

from typing import Any

from achievements.forms.handling import FormSets
from achievements.forms.listings import ListingForm
from achievements.quality_wording import grade, hint_rows
from achievements.services.quality import judge_text


def shown_quality(
    form: ListingForm, sets: FormSets, *, kind: str, contact: bool = False
) -> dict[str, Any]:
    """Values of ``achievements/_quality.html``."""
    values = {name: form[name].value() for name in form.fields}
    for name in ("keywords_en", "keywords_zh"):
        if isinstance(values[name], str):
            values[name] = values[name].strip()
    rows = {
        name: [row for row in map(_row, formset.forms) if any(row.values())]
        for name, formset in sets.items()
    }
    result = judge_text(kind, values, rows, contact=contact)
    hints = hint_rows(finding.as_data() for finding in result.findings)
    for hint in hints:
        hint["anchor"] = _anchor(form, sets, hint["field"])
    return {
        "kind": kind,
        "looked_after": contact,
        "quality": {"score": result.score, "grade": grade(result.score), "hints": hints},
    }


def _row(form: Any) -> dict[str, Any]:
    """What is typed into one row; nothing where it is to be removed or left as it began."""
    if form["DELETE"].value():
        return {}
    names = [name for name in form.fields if name not in ("DELETE", "expert")]
    text = [name for name in names if not hasattr(form.fields[name], "choices")]
    typed = {name: form[name].value() for name in names}
    return typed if any(typed[name] for name in text) or typed.get("kind") else {}


def _anchor(form: ListingForm, sets: FormSets, field: str) -> str:
    """Where on the page the hint's field stands."""
    if field in sets:
        return {"ip_rights": "rights", "inventors": "people"}.get(field, field)
    if field == "fields":
        return "place"
    return form[field].id_for_label if field in form.fields else ""
