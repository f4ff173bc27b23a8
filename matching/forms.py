"""What pages of this package take."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from achievements.forms.inputs import TermTreeField
from achievements.models import Achievement
from matching.models import Decision, Match, Question, SavedSearch

MOST_ON_PANEL = 15


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


class ShortlistNoteForm(forms.Form):
    """What the own organisation notes on a listing of its shortlist."""

    note = forms.CharField(
        label=_("Note for our organisation"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PreviewForm(forms.Form):
    """The texts of a demand that is being written; anything else that was sent is left aside."""

    demand = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    title_en = forms.CharField(required=False)
    title_zh = forms.CharField(required=False)
    summary_en = forms.CharField(required=False)
    summary_zh = forms.CharField(required=False)
    body_en = forms.CharField(required=False)
    body_zh = forms.CharField(required=False)

    def values(self) -> dict[str, str]:
        """The texts that were sent, as far as they can be read."""
        given = self.cleaned_data if self.is_bound and self.is_valid() else {}
        return {name: given[name] for name in given if name != "demand" and name in self.data}


class AnswerForm(forms.Form):
    """The owner's answer to a question: a value with its unit, or that it was not measured."""

    outcome = forms.ChoiceField(
        label=_("Your answer"),
        choices=Question.Outcome.choices,
        initial=Question.Outcome.MEASURED,
        widget=forms.RadioSelect,
    )
    value = forms.DecimalField(
        label=_("Value"),
        required=False,
        max_digits=20,
        decimal_places=6,
        help_text=_("Leave it empty where it was not measured."),
    )
    unit = forms.CharField(label=_("Unit"), required=False, max_length=40)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The side that asks reads this. Leave out what may not be known."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].widget.attrs["step"] = "any"


class ProposeForm(forms.Form):
    """Which of the listings found, and why; both sides read the reason."""

    candidate = forms.ChoiceField(label=_("Achievement or expert"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why should the two talk?"),
        help_text=_("Both sides read this. Do not name an organisation that asks anonymously."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, found: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["candidate"]
        field.choices = [(one.pk, _proposed_name(one)) for one in found]


def _proposed_name(listing: Any) -> str:
    """Kind, title and organisation, so that two of the same title can be told apart."""
    names = [listing.get_kind_display(), listing.title, listing.organisation]
    return " · ".join(str(name) for name in names if name)


class PanelForm(forms.Form):
    """For what, how many, and which achievement is to be judged."""

    task = forms.CharField(label=_("What are they to do?"), max_length=300)
    size = forms.IntegerField(
        label=_("How many experts"), min_value=1, max_value=MOST_ON_PANEL, initial=3
    )
    per_organisation = forms.IntegerField(
        label=_("At most of one organisation"), min_value=1, max_value=MOST_ON_PANEL, initial=1
    )
    achievement = forms.ModelChoiceField(
        label=_("Achievement to be judged"),
        help_text=_("Of those matched with the demand. Its makers do not judge it."),
        queryset=Achievement.objects.none(),
        required=False,
    )

    def __init__(self, *args: Any, user: Any, demand: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["achievement"]
        matched = Match.objects.filter(demand=demand, kind="achievement").values("candidate")
        field.queryset = Achievement.objects.visible_to(user).filter(pk__in=matched)


class PanelTaskForm(forms.Form):
    """A task of the curators' own: what it is, in which fields, whom it concerns."""

    task = forms.CharField(label=_("What are they to do?"), max_length=300)
    brief = forms.CharField(
        label=_("What is it about?"),
        help_text=_("In a few sentences, in English or Chinese: what must the experts know well?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    fields_wanted = TermTreeField(label=_("Fields"), required=False)
    organisation = forms.ModelChoiceField(
        label=_("Organisation concerned"),
        help_text=_("For or about whom it is done. Its own people do not sit on the panel."),
        queryset=Organisation.objects.none(),
        required=False,
    )
    achievement = forms.CharField(
        label=_("Achievement to be judged"),
        help_text=_("Its number or the address of its page. Its makers do not judge it."),
        max_length=300,
        required=False,
    )
    size = forms.IntegerField(
        label=_("How many experts"), min_value=1, max_value=MOST_ON_PANEL, initial=3
    )
    per_organisation = forms.IntegerField(
        label=_("At most of one organisation"), min_value=1, max_value=MOST_ON_PANEL, initial=1
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.visible_to(user).by_name()

    def clean_achievement(self) -> Achievement | None:
        """The achievement of a number or an address, if this user may see it."""
        text = self.cleaned_data["achievement"].strip()
        if not text:
            return None
        number = re.search(r"(?:^|/achievements/)#?(\d{1,18})/?$", text)
        rows = Achievement.objects.visible_to(self.user)
        found = rows.filter(pk=int(number[1])).first() if number else None
        if found is None:
            raise forms.ValidationError(_("There is no such achievement."), code="unknown")
        return found

    def values(self) -> dict[str, Any]:
        """What :func:`matching.services.panels.make_panel` takes."""
        values = dict(self.cleaned_data)
        return {"fields": values.pop("fields_wanted"), **values}
