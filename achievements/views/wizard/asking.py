"""Steps 3 and 4: what others look for a demand by, and all of it on one page."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.views.base import add_service_errors
from achievements.forms.wizard import WizardCheckForm, WizardQuestionsForm
from achievements.models import Demand, Listing
from achievements.presentation import (
    budget_text,
    choice_labels,
    listed,
    money_range,
    requirement_text,
    said,
)
from achievements.services import submit_listing, update_listing
from achievements.services.drafting import without_alternative
from achievements.services.proposed_terms import (
    ProposedTerms,
    ignore_cleared_terms,
    terms_in_text_of,
    terms_of,
)
from achievements.views.wizard.base import WizardView


class WizardQuestionsView(WizardView):
    """Step 3: what others look for a demand by."""

    step = "questions"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The answers as they are saved; where they are empty, what the text says instead."""
        found = terms_of(self.draft)
        initial = WizardQuestionsForm.initial_of(self.draft) | found.values()
        return self.page(WizardQuestionsForm(initial=initial), found)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save the answers; what is not answered stays open, and what was cleared is not proposed
        again."""
        form = WizardQuestionsForm(request.POST)
        if form.is_valid():
            shown = terms_in_text_of(self.draft)
            try:
                self.demand = update_listing(
                    self.draft, by=self.by, values=form.values_for(self.draft)
                )
            except ValidationError as error:
                add_service_errors(form, error)
            else:
                ignore_cleared_terms(self.draft, by=self.by, shown=shown)
                return self.go()
        return self.page(form, terms_of(self.draft), 422)

    def page(
        self, form: WizardQuestionsForm, found: ProposedTerms, status: int = 200
    ) -> HttpResponse:
        """The step; ``read`` says what was read from which words of the text."""
        read: list[dict[str, Any]] = []
        if (budget := found.budget) is not None:
            text = money_range(budget.low, budget.high, budget.currency)
            read.append({"label": _("Budget"), "value": text, "term": budget})
        if (deadline := found.deadline) is not None:
            early = not deadline.about_answers
            row = {"label": _("Answers until"), "value": deadline.day, "term": deadline}
            read.append(row | {"early": early})
        return self.show(status, form=form, read=read)


class WizardCheckView(WizardView):
    """Step 4: all of it on one page, and who may see it."""

    step = "check"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The demand as it will read, with what is still open."""
        return self.page(WizardCheckForm(initial=WizardCheckForm.initial_of(self.draft)))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save who may see it; submit where asked."""
        form = WizardCheckForm(request.POST)
        if form.is_valid():
            try:
                self.demand = update_listing(self.draft, by=self.by, values=form.content())
                if request.POST.get("go") == "submit":
                    submit_listing(self.draft, by=self.by)
            except ValidationError as error:
                add_service_errors(form, error)
            else:
                return self.submitted() if request.POST.get("go") == "submit" else self.go()
        return self.page(form, 422)

    def submitted(self) -> HttpResponse:
        """Tell what comes next."""
        if self.draft.state == Listing.State.PUBLISHED:
            text = _("Published. Matches appear within minutes.")
        else:
            text = _("Submitted. You are told as soon as a reviewer has decided.")
        messages.success(self.request, text)
        return redirect(self.draft)

    def page(self, form: WizardCheckForm, status: int = 200) -> HttpResponse:
        """The step with what the draft says; ``open`` are questions without an answer."""
        demand = self.draft
        required = demand.requirements.select_related("term")
        rows = [f"{row.label} {requirement_text(row)}" for row in required]
        deadline = demand.deadline
        facts: list[tuple[str, str, Any]] = [
            (
                "requirements",
                _("Requirements"),
                listed(rows),
            ),
            ("questions", _("Fields"), listed(term.label for term in demand.fields.all())),
            ("questions", _("Region"), str(demand.region or "")),
            ("questions", _("Budget"), budget_text(demand)),
            ("questions", _("Answers until"), deadline),
            ("questions", _("Readiness sought"), f"TRL {demand.trl_min}" if demand.trl_min else ""),
            (
                "questions",
                _("Modes of cooperation"),
                listed(choice_labels(demand.cooperation_modes, Demand.CooperationMode.choices)),
            ),
            ("questions", _("What you do today"), self._today()),
        ]
        return self.show(
            status,
            form=form,
            summary=said(demand, "summary"),
            body=said(demand, "body"),
            facts=[
                {"label": label, "value": value, "url": self.address(step)}
                for step, label, value in facts
            ],
            open=sum(1 for _step, _label, value in facts if not value),
        )

    def _today(self) -> str:
        demand = self.draft
        return without_alternative(demand.body_en)[1] or without_alternative(demand.body_zh)[1]
