"""What is wrong with a form, in the order in which its page asks."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import template
from django.forms import BaseForm, BaseFormSet
from django.utils.translation import gettext as _

register = template.Library()

Line = tuple[str, str]  # the address of the field, may be empty; what is wrong there


@register.simple_tag
def form_errors(form: BaseForm | None, formsets: Sequence[Any] = ()) -> list[Line]:
    """Every error with the field it leads to.

    The order is that of the form's fields (``field_order``). A formset may name in ``before`` the
    field that follows its rows on the page, or what the names of its two languages begin with;
    the others come last. Rows to be removed are left out.
    """
    waiting = list(formsets or ())
    lines: list[Line] = []
    if form:
        lines += [("", str(text)) for text in form.non_field_errors()]
        for field in form:
            for formset in [each for each in waiting if _follows(field.name, each)]:
                waiting.remove(formset)
                lines += _of_rows(formset)
            for text in field.errors:
                said = _("%(label)s: %(error)s") % {"label": field.label, "error": text}
                lines.append((_address(field), said))
    return [*lines, *(line for formset in waiting for line in _of_rows(formset))]


def _follows(name: str, formset: BaseFormSet) -> bool:
    before = getattr(formset, "before", "")
    return name in (before, f"{before}_en", f"{before}_zh")


def _address(field: Any) -> str:
    return f"#{field.id_for_label or field.auto_id}"


def _of_rows(formset: Any) -> Iterator[Line]:
    """The errors of a formset; each names its row."""
    if not formset.total_error_count():
        return
    yield from (("", str(text)) for text in formset.non_form_errors())
    name = getattr(formset, "label", None) or _("Row")
    for number, row in enumerate(formset, start=1):
        if row.cleaned_data.get("DELETE"):
            continue
        place = {"name": name, "number": number}
        for text in row.non_field_errors():
            yield f"#{row.prefix}", _("%(name)s %(number)s: %(error)s") % {**place, "error": text}
        for field in row:
            words = {**place, "label": field.label}
            for text in field.errors:
                said = _("%(name)s %(number)s, %(label)s: %(error)s") % {**words, "error": text}
                yield _address(field), said
