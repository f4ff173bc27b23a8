"""A form with its rows: keeping what was typed, placing what the services refuse."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from accounts.bilingual import LANGUAGES, reader_first
from achievements.forms.listings import ListingForm
from achievements.forms.rows import RowFormSet
from achievements.services import check_complete
from achievements.services.writing import content_fields, error_place

FormSets = dict[str, RowFormSet]


def with_rows(
    formset: type[RowFormSet], rows: list[dict[str, Any]], user: Any, extra: int
) -> RowFormSet:
    """The formset showing ``rows`` and ``extra`` empty ones, unbound."""
    shown = formset(initial=rows, user=user)
    shown.extra = extra
    return shown


def typed(form: Any, data: QueryDict) -> dict[str, Any]:
    """What was typed into each field, unchecked."""
    return {
        name: field.widget.value_from_datadict(data, {}, form.add_prefix(name))
        for name, field in form.fields.items()
    }


def distribute_errors(error: ValidationError, form: ListingForm, sets: FormSets) -> None:
    """Put each error of the services where the user finds it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, problems in error.error_dict.items():
        texts = [text for problem in problems for text in problem.messages]
        place = error_place(name)
        if place is not None and place[0] in sets:
            relation, number, field = place
            row = sets[relation].kept[number]
            row.add_error(field if field in row.fields else None, texts)
        elif name in sets:
            form.add_error(None, texts)
        else:
            own = missed_at(name, lambda each: form.data.get(each, ""))
            form.add_error(own if own in form.fields else None, texts)


def add_missing(form: ListingForm) -> None:
    """Say what a submission still lacks beside what is wrong already, so that both are seen at
    once. ``form`` is bound and was checked."""
    texts = [name for name in content_fields(form.model) if name in form.data]
    said = {name: form.data[name].strip() for name in texts if name.endswith(("_en", "_zh"))}
    try:
        check_complete(form.model(kind=str(form.model._meta.model_name), **said))
    except ValidationError as error:
        for name, problems in error.message_dict.items():
            own = missed_at(name, lambda each: form.data.get(each, ""))
            if own not in form.errors:
                form.add_error(own, problems)


def missed_at(name: str, text_of: Callable[[str], str]) -> str:
    """The field at which a text that is empty in both languages is missed: the reader's.

    ``text_of`` gives the text of a field; any other ``name`` stays as it is.
    """
    both = [f"{name.removesuffix('_en')}_{code}" for code in LANGUAGES]
    empty = name == both[0] and not any(text_of(each).strip() for each in both)
    return reader_first(both)[0] if empty else name
