"""Forms about organisations."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import reader_first
from accounts.models import Organisation, OrganisationDocument, Region
from accounts.services.organisations import EDITABLE


class RegionIterator(forms.models.ModelChoiceIterator):
    """Countries, and under each country that has them its parts."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the empty choice, then choices and groups of choices."""
        yield ("", self.field.empty_label)
        rows = self.queryset.select_related("parent").order_by("code")
        for country, group in groupby(rows, key=lambda region: region.country):
            parts = list(group)
            if len(parts) == 1:
                yield self.choice(parts[0])
            else:
                yield (str(country), [self.choice(part) for part in parts])


class RegionField(forms.ModelChoiceField):
    """A country or a part of one, grouped by country."""

    iterator = RegionIterator


class OrganisationForm(forms.ModelForm):
    """Everything an owner may say about an organisation."""

    region = RegionField(Region.objects.all(), required=False, label=_("Region"))
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 2 MB."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    remove_logo = forms.BooleanField(label=_("Remove the present logo"), required=False)

    class Meta:
        model = Organisation
        fields = list(EDITABLE)
        widgets = {
            "description_en": forms.Textarea(attrs={"rows": 6}),
            "description_zh": forms.Textarea(attrs={"rows": 6}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(reader_first(self.fields))
        if not self.instance.logo:
            del self.fields["remove_logo"]

    def service_fields(self) -> dict[str, Any]:
        """What the services take: the editable fields, and the logo (a file, False or None)."""
        values = {name: self.cleaned_data[name] for name in EDITABLE}
        logo = self.cleaned_data.get("logo")
        if logo is None and self.cleaned_data.get("remove_logo"):
            logo = False
        return {**values, "logo": logo}


class VerifyForm(forms.Form):
    """A moderator's yes."""

    may_publish_directly = forms.BooleanField(
        label=_("It may publish without review"), required=False
    )


class DocumentForm(forms.Form):
    """A document that shows who the organisation is."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=OrganisationDocument.Kind.choices)
    upload = forms.FileField(
        label=_("File"),
        help_text=_("PDF, PNG or JPEG, at most 10 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"}),
    )


class UnverifyForm(forms.Form):
    """A moderator's no, with its reason."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The organisation's owners and editors will read it."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
