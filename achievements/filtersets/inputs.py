"""How filters read rows by stable keys: a term by `scheme:code`, a region by code."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from accounts.text import row_number
from achievements.models import Term


class KeysField(forms.ModelMultipleChoiceField):
    """Several rows by key. Rendered hidden: a page that offers choices draws them itself."""

    widget: Any = forms.MultipleHiddenInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["widget"] = self.widget
        super().__init__(*args, **kwargs)


class TermsField(KeysField):
    """Terms named `scheme:code`, such as `hightech:1.2`, or by number."""

    def prepare_value(self, value: Any) -> Any:
        """Show a term by its key."""
        if isinstance(value, Term):
            return term_key(value)
        if hasattr(value, "__iter__") and not isinstance(value, str | Model):
            return [self.prepare_value(item) for item in value]
        return value

    def _check_values(self, value: Iterable[Any]) -> QuerySet[Term]:
        """The terms named; one query. Raises ValidationError when one of them is unknown."""
        wanted = {str(key) for key in value}
        named = Q(pk__in=[])
        for key in wanted:
            scheme, colon, code = key.partition(":")
            if colon:
                named |= Q(scheme__code=scheme, code=code)
            else:
                named |= Q(pk=row_number(key))
        rows = Term.objects.fields().filter(named).select_related("scheme")
        wanted_text = "".join(wanted)
        if "\x00" in wanted_text or not _encodable(wanted_text):
            rows = rows.none()  # PostgreSQL keeps no such text, so it names no term
        known = {str(row.pk) for row in rows} | {term_key(row) for row in rows}
        unknown = sorted(wanted - known)
        if unknown:
            raise ValidationError(
                self.error_messages["invalid_choice"],
                code="invalid_choice",
                params={"value": unknown[0].encode("utf-8", "replace").decode()},
            )
        return rows


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def term_key(term: Term) -> str:
    """The key of a term in addresses: it means the same after a vocabulary is loaded anew."""
    return f"{term.scheme.code}:{term.code}"


class KeysFilter(django_filters.ModelMultipleChoiceFilter):
    """Rows by key; give ``method``, for what a key covers is a question of the queryset."""

    field_class = type(
        "KeysFilterField",
        (django_filters.fields.ModelMultipleChoiceField,),
        {"widget": forms.MultipleHiddenInput},
    )


class TermsFilter(django_filters.Filter):
    """Terms by `scheme:code`; give ``method``."""

    field_class = TermsField
