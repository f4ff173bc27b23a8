"""Short forms: files, reviews, claims, merging."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.files import ENDINGS
from achievements.forms.listings import ExpertForm
from achievements.models import Attachment, Expert, Listing, Review
from achievements.services.writing import content_fields


class AttachmentLayerForm(forms.Form):
    """Title and layer of a file."""

    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    layer = forms.ChoiceField(
        label=_("Who may open it"),
        choices=Attachment.Layer.choices,
        initial=Attachment.Layer.PUBLIC,
        widget=forms.RadioSelect,
    )


class AttachmentForm(AttachmentLayerForm):
    """A new file."""

    upload = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
        help_text=_("PDF, Office and OpenDocument files, plain text, CSV, PNG, JPEG or WebP."),
    )
    field_order = ["upload", "title", "layer"]


class RejectForm(forms.Form):
    """Why a listing is sent back. ``seen`` is the version that the reviewer has read."""

    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label=_("Reason"), choices=Review.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What should be changed"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def renew_version(self, listing: Listing) -> None:
        """After a conflict: sent once more, the decision is about the present version."""
        self.data = {**self.cleaned_data, "seen": listing.version}


class ClaimForm(forms.Form):
    """“This is me.”"""

    statement = forms.CharField(
        label=_("How can a curator check that it is you?"),
        help_text=_("For example your page at the university. Only curators read this."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ExpertInviteForm(forms.Form):
    """To whom the invitation goes, and in which language."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the letter"), choices=User.Language)


class MergeForm(forms.Form):
    """For each field in which two profiles differ: which of the two values is kept."""

    def __init__(self, *args: Any, keep: Expert, other: Expert, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep, self.other = keep, other
        labels = ExpertForm().fields
        for name in content_fields(Expert):
            kept, given = getattr(keep, name), getattr(other, name)
            if name in ("visibility", "disclosure", "external_id") or kept == given:
                continue
            self.fields[name] = forms.ChoiceField(
                label=labels[name].label,
                choices=[("keep", _shown(keep, name)), ("other", _shown(other, name))],
                initial="keep" if kept else "other",
                widget=forms.RadioSelect,
            )

    def content(self) -> dict[str, Any]:
        """The chosen values."""
        chosen = {"keep": self.keep, "other": self.other}
        return {name: getattr(chosen[side], name) for name, side in self.cleaned_data.items()}


def _shown(expert: Expert, name: str) -> Any:
    field = expert._meta.get_field(name)
    value = getattr(expert, name)
    if getattr(field, "choices", None):
        return getattr(expert, f"get_{name}_display")()
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    return str(value) if value not in ("", None) else _("(empty)")
