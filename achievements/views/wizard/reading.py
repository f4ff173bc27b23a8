"""Steps 1 and 2: the text, and the requirement rows that its figures propose."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.views.base import add_service_errors
from achievements.forms.proposals import asked
from achievements.forms.wizard import PRIORITIES, WizardTextForm
from achievements.models import Demand, Listing
from achievements.presentation import requirement_text
from achievements.services import create_listing, proposals_of, update_listing
from achievements.services.drafting import (
    proposed_summary,
    proposed_title,
    with_alternative,
    without_alternative,
)
from achievements.services.proposals import row_from
from achievements.services.writing import row_fields
from achievements.views.wizard.base import WizardView


class WizardTextView(WizardView):
    """Step 1: the free text; what has no title or summary yet takes them from it."""

    step = "text"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The text as it is saved, or an empty one."""
        return self.show(form=WizardTextForm(initial=WizardTextForm.initial_of(self.demand)))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save, and make the draft where there is none."""
        form = WizardTextForm(request.POST)
        if form.is_valid():
            try:
                self.save(form)
            except ValidationError as error:
                add_service_errors(form, error)
            else:
                return self.go()
        return self.show(422, form=form)

    def save(self, form: WizardTextForm) -> None:
        """Write the text in its language; the other language stays as it is."""
        given = form.cleaned_data
        code, text = given["language"], given["text"]
        before = getattr(self.demand, f"body_{code}") if self.demand is not None else ""
        values = {
            f"title_{code}": given["title"] or proposed_title(text),
            f"summary_{code}": given["summary"] or proposed_summary(text),
            f"body_{code}": with_alternative(text, without_alternative(before)[1], code),
        }
        if self.demand is None:
            self.demand = create_listing(
                Demand, by=self.by, organisation=self.organisation, values=values
            )
        else:
            update_listing(self.demand, by=self.by, values=values)


class WizardRowsView(WizardView):
    """Step 2: figures of the text become requirement rows where they are ticked."""

    step = "requirements"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The rows there are, and those proposed."""
        names = row_fields(self.draft.requirements.model)
        kept = [
            {
                "key": f"row-{place}",
                "quantity": row.label,
                "asked": requirement_text(row),
                "priority": row.priority,
                "values": {name: getattr(row, name) for name in names},
            }
            for place, row in enumerate(self.draft.requirements.select_related("term"))
        ]
        proposed = [
            {
                "key": figure.key,
                "quantity": figure.quantity,
                "known": figure.term is not None,
                "asked": asked(figure),
                "sentence": figure.sentence,
                "values": row_from(figure, Listing.Kind.DEMAND),
            }
            for figure in proposals_of(self.draft)
        ]
        if request.method == "POST":
            return self.save([*kept, *proposed])
        return self.show(kept=kept, proposed=proposed, priorities=PRIORITIES)

    post = get

    def save(self, rows: list[dict[str, Any]]) -> HttpResponse:
        """Make rows of those ticked, with the weight chosen for each."""
        ticked = set(self.request.POST.getlist("take"))
        known = {value for value, _label in PRIORITIES}
        taken = []
        for row in rows:
            chosen = self.request.POST.get(f"priority-{row['key']}", "")
            priority = {"priority": chosen} if chosen in known else {}
            if row["key"] in ticked:
                taken.append(row["values"] | priority)
        try:
            update_listing(self.draft, by=self.by, values={}, rows={"requirements": taken})
        except ValidationError as error:
            for text in error.messages:
                messages.error(self.request, text)
            return redirect(self.address(self.step))
        return self.go()
