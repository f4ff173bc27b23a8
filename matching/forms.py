"""What pages of this package take."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from matching.models import Decision, SavedSearch


class SavedSearchForm(forms.ModelForm):
    """Name and rhythm of a saved search; the search itself comes from the search page."""

    class Meta:
        model = SavedSearch
        fields = ["name", "rhythm", "query"]
        widgets = {"query": forms.HiddenInput}

    def validate_constraints(self) -> None:
        """Left to the service, which knows whose search it is."""


class DismissForm(forms.Form):
    """Why a match is dismissed; the other side is told both. No reason is chosen beforehand."""

    reason = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *Decision.Reason.choices]
    )
    note = forms.CharField(
        label=_("What would have helped?"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads this. Leave out what may not be known."),
    )


class SnoozeForm(forms.Form):
    """Until when a match is put aside; in a month unless another day is chosen."""

    snoozed_until = forms.DateField(
        label=_("Show again on"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["snoozed_until"].initial = timezone.localdate() + timedelta(days=30)
