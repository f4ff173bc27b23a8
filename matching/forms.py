"""What pages of this package take."""

from django import forms

from matching.models import SavedSearch


class SavedSearchForm(forms.ModelForm):
    """Name and rhythm of a saved search; the search itself comes from the search page."""

    class Meta:
        model = SavedSearch
        fields = ["name", "rhythm", "query"]
        widgets = {"query": forms.HiddenInput}

    def validate_constraints(self) -> None:
        """Left to the service, which knows whose search it is."""
