"""What curators write down of people in the pool."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation


class AdmissionForm(forms.Form):
    """On what an admission rests."""

    evidence = forms.CharField(
        label=_("On what evidence is this person in the pool?"),
        help_text=_("Who recommended, which certificate, where it was checked. Curators only."),
        max_length=3000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class PoolRecordForm(AdmissionForm):
    """Evidence, tags and end of an admission."""

    tags = forms.CharField(
        label=_("Curators' tags"),
        help_text=_("With commas between them. Nobody else sees them."),
        max_length=600,
        required=False,
    )
    admitted_until = forms.DateField(
        label=_("Admission holds until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_tags(self) -> list[str]:
        """The single tags, of at most 50 characters each."""
        words = str(self.cleaned_data["tags"]).replace("，", ",").split(",")
        tags = [word.strip() for word in words if word.strip()]
        if any(len(tag) > 50 for tag in tags):
            raise forms.ValidationError(_("A tag has at most 50 characters."))
        return tags


class ConflictForm(forms.Form):
    """For or of which organisation an expert must not judge."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"), queryset=Organisation.objects.none()
    )
    note = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.visible_to(user).by_name()


class EraseForm(forms.Form):
    """How the request came, and whether the account goes, too."""

    note = forms.CharField(
        label=_("How and when did the person ask for it?"),
        help_text=_("This sentence stays in the audit log. Do not name the person."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    account = forms.BooleanField(
        label=_("Remove the account of the person as well"),
        help_text=_(
            "Sign-in, memberships, saved searches and notifications. Listings and messages stay "
            "with their organisations, without an author."
        ),
        required=False,
    )

    def __init__(self, *args: Any, claimed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not claimed:
            del self.fields["account"]
