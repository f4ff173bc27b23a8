"""Rows of a listing as formsets that also work without JavaScript."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from achievements.forms.inputs import ExpertReferenceField
from achievements.models import EvidenceRow, Inventor, IPRight, Listing, RequirementRow
from achievements.services.writing import MAX_ROWS, ROWS, row_fields


class RowFormSet(forms.BaseFormSet):
    """Rows in their order. A row left empty counts as removed."""

    relation: str
    label: Any  # what one row is called
    before: str = ""  # the form's field that follows the rows on the page

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **{"prefix": self.relation, **kwargs})

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """Rows may be empty, and the browser must not insist on them."""
        kwargs = super().get_form_kwargs(index)
        return kwargs | {"use_required_attribute": False}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Add the box that removes a row; tell references who asks."""
        super().add_fields(form, index)
        form.empty_permitted = True
        for field in form.fields.values():
            if isinstance(field, ExpertReferenceField):
                field.user = self.user

    @property
    def kept(self) -> list[forms.Form]:
        """The rows that are to be saved."""
        return [
            form
            for form in self.forms
            if form.has_changed() and not form.cleaned_data.get("DELETE")
        ]

    def content(self) -> list[dict[str, Any]]:
        """The values for the services."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.kept
        ]

    @classmethod
    def initial_of(cls, listing: Listing) -> list[dict[str, Any]]:
        """What the formset shows of a listing."""
        model, _parent = ROWS[listing.kind][cls.relation]
        rows = getattr(listing, cls.relation).all()
        return [{name: _figure(row, name) for name in row_fields(model)} for row in rows]


def _figure(row: Any, name: str) -> Any:
    """A figure without the noughts the database adds."""
    value = getattr(row, name)
    return (
        f"{value.normalize():f}" if name in ("value", "value_max") and value is not None else value
    )


def _date_inputs(form_fields: dict[str, forms.Field]) -> dict[str, forms.Field]:
    for field in form_fields.values():
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        if isinstance(field, forms.DecimalField):
            field.widget.attrs["step"] = "any"
    return form_fields


def _row_formset(
    relation: str, model: Any, label: Any, *, before: str, **extra: forms.Field
) -> type[RowFormSet]:
    fields = _date_inputs(fields_for_model(model, fields=row_fields(model)))
    if "quantity" in fields:
        fields["quantity"].widget.attrs["list"] = "quantities"
    for name in extra:
        fields.pop(name, None)  # it comes last
    form = type(f"{model.__name__}Form", (forms.Form,), {**fields, **extra})
    formset: Any = forms.formset_factory(
        form,
        formset=RowFormSet,
        extra=0,
        can_delete=True,
        max_num=MAX_ROWS,
        absolute_max=MAX_ROWS + 100,
    )
    formset.relation, formset.label, formset.before = relation, label, before
    return formset


FORMSETS: dict[str, dict[str, type[RowFormSet]]] = {
    "achievement": {
        "evidence": _row_formset(
            "evidence", EvidenceRow, _("Measured fact"), before="transfer_modes"
        ),
        "ip_rights": _row_formset("ip_rights", IPRight, _("IP right"), before="transfer_modes"),
        "inventors": _row_formset(
            "inventors",
            Inventor,
            _("Inventor"),
            before="funding_source",
            expert=ExpertReferenceField(
                label=_("Expert profile"),
                required=False,
                help_text=_("Number or address of the profile, or ORCID iD."),
            ),
        ),
    },
    "demand": {
        "requirements": _row_formset(
            "requirements", RequirementRow, _("Requirement"), before="trl_min"
        )
    },
    "expert": {},
}
