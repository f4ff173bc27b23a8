"""The four steps from a free text to a demand that is found."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import reader_language
from achievements.forms.listings import DemandForm
from achievements.models import Demand, Listing, RequirementRow
from achievements.services.drafting import with_alternative, without_alternative


class WizardTextForm(forms.Form):
    """Step 1: what is needed, in one's own words and one language."""

    language = forms.ChoiceField(
        label=_("Written in"),
        choices=[("en", "English"), ("zh", "中文")],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("What do you need?"),
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "As you would tell a colleague: what it is for, how well it must work, with figures "
            "and units, and what has been tried."
        ),
    )
    title = forms.CharField(
        label=_("Title"),
        required=False,
        max_length=300,
        help_text=_("Left empty, the first sentence becomes the title."),
    )
    summary = forms.CharField(
        label=_("In one sentence"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Left empty, the beginning of the text stands here."),
    )

    def clean(self) -> dict[str, Any]:
        """A text that has no Chinese character is not Chinese, and one of little else not English,
        whatever language the site was read in."""
        values = super().clean() or {}
        letters = [sign for sign in values.get("text", "") if sign.isalpha()]
        chinese = sum("\u4e00" <= sign <= "\u9fff" for sign in letters)
        if letters and not chinese:
            values["language"] = "en"
        elif chinese * 2 > len(letters):
            values["language"] = "zh"
        return values

    @classmethod
    def initial_of(cls, demand: Demand | None) -> dict[str, Any]:
        """What the step shows of a draft: its language, or the reader's of a new one."""
        if demand is None:
            return {"language": reader_language()}
        code = demand.shown_language or reader_language()
        if not getattr(demand, f"body_{code}") and demand.body_en + demand.body_zh:
            code = "en" if demand.body_en else "zh"
        return {
            "language": code,
            "text": without_alternative(getattr(demand, f"body_{code}"))[0],
            "title": getattr(demand, f"title_{code}"),
            "summary": getattr(demand, f"summary_{code}"),
        }


class WizardQuestionsForm(DemandForm):
    """Step 3: what makes a demand findable, and what is done today."""

    ASKED = (
        *("fields", "region", "trl_min", "cooperation_modes"),
        *("budget_min", "budget_max", "currency", "deadline", "keywords_en", "keywords_zh"),
    )

    alternative = forms.CharField(
        label=_("What do you do today, and what is wrong with it?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Who offers something better has to know better than what."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in (*self.ASKED, "alternative"):
                del self.fields[name]

    def values_for(self, demand: Demand) -> dict[str, Any]:
        """The values for the services: the answer about today is a paragraph of the text."""
        code = WizardTextForm.initial_of(demand)["language"]
        text = without_alternative(getattr(demand, f"body_{code}"))[0]
        body = with_alternative(text, self.cleaned_data["alternative"], code)
        return {**self.content(), f"body_{code}": body}

    @classmethod
    def initial_of(cls, listing: Listing) -> dict[str, Any]:
        """What the step shows of a draft."""
        values = super().initial_of(listing)
        body = values["body_en"] or values["body_zh"]
        return {**values, "alternative": without_alternative(body)[1]}


class WizardCheckForm(DemandForm):
    """Step 4: who may see it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in ("disclosure", "visibility"):
                del self.fields[name]


PRIORITIES = RequirementRow.Priority.choices
