"""What visitors report, reviewers decide and owners object to."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from achievements.forms.small import RejectForm
from achievements.models import Listing, Report, Review


class ReportForm(forms.Form):
    """What is wrong with a listing. ``website`` is for machines only: people do not see it."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"), choices=Report.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("In your own words"),
        help_text=_("Which statement, whose right, where it can be checked."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address, if you want an answer"),
        help_text=_("Only for the answer; it is deleted then. You may leave it empty."),
        max_length=254,
        required=False,
    )

    def __init__(self, *args: Any, signed_in: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"]


class ReportDecisionForm(RejectForm):
    """Dismiss a report, or take the listing down for a reason."""

    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("dismiss", _("Dismiss the report; the listing stays")),
            ("take_down", _("Take the listing down")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(
        label=_("Reason for taking it down"),
        choices=Review.Reason.choices,
        widget=forms.RadioSelect,
        required=False,
    )
    note = forms.CharField(
        label=_("To the owner"),
        help_text=_("Who reported it is never told. Without a note, nobody hears of a dismissal."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    answer = forms.CharField(
        label=_("To who reported it"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    field_order = ["seen", "verdict", "reason", "note", "answer"]

    def clean(self) -> dict[str, Any]:
        """Taking down needs a reason."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("verdict") == "take_down" and not given.get("reason"):
            self.add_error("reason", _("Choose why the listing is taken down."))
        return given


class AppealForm(forms.Form):
    """Why a listing should be published again."""

    statement = forms.CharField(
        label=_("Why should it be published again?"),
        help_text=_("Another reviewer than the one who took it down reads this."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class AppealDecisionForm(forms.Form):
    """Whether a listing is published again. ``seen`` is the version that was read."""

    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("grant", _("Publish it again")),
            ("decline", _("The decision stands")),
        ],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label=_("To the owner"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def renew_version(self, listing: Listing) -> None:
        """After a conflict: sent once more, the decision is about the present version."""
        self.data = {**self.cleaned_data, "seen": listing.version}
