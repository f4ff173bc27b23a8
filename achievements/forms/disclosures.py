"""The inventor's form, and what the office answers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from achievements.forms.rows import RowFormSet
from achievements.models import Disclosure, DisclosureInventor
from achievements.services.disclosure_writing import FIELDS, MAX_INVENTORS
from achievements.services.writing import error_place


class DisclosureForm(forms.ModelForm):
    """What, with which money, when it may be told, whose it is."""

    class Meta:
        model = Disclosure
        fields = FIELDS
        widgets = {
            "what": forms.Textarea(attrs={"rows": 10}),
            "advantages": forms.Textarea(attrs={"rows": 4}),
            "publications": forms.Textarea(attrs={"rows": 3}),
            "embargo_until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ownership": forms.RadioSelect,
        }


class InventorForm(forms.Form):
    """One inventor with the share."""

    vars().update(fields_for_model(DisclosureInventor, fields=["name", "affiliation", "share"]))


class InventorFormSet(RowFormSet):
    """The inventors; their shares add up to 100 %."""

    relation = "inventors"
    label = _("Inventor")
    before = "funding"


InventorRows: Any = forms.formset_factory(
    InventorForm, formset=InventorFormSet, extra=0, can_delete=True, max_num=MAX_INVENTORS
)


class TextForm(forms.Form):
    """A question or an answer."""

    text = forms.CharField(
        label=_("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )


class DecisionForm(forms.Form):
    """What becomes of it, and why."""

    decision = forms.ChoiceField(
        label=_("Decision"), choices=Disclosure.Decision.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("To the inventors"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def place_errors(error: ValidationError, form: DisclosureForm, rows: InventorFormSet) -> None:
    """Show what the service refused where it belongs."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error.messages)
        return
    for name, texts in error.message_dict.items():
        place = error_place(name)
        if place is not None:
            _relation, number, field = place
            row = rows.kept[number]
            row.add_error(field if field in row.fields else None, texts)
        else:
            form.add_error(name if name in form.fields else None, texts)
