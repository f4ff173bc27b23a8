"""From a free text to a demand in four steps. Each step saves the draft, so that going back and
forth, or closing the page, loses nothing; all of it works without JavaScript."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from accounts.context_processors import Viewer
from accounts.models import Organisation, User
from accounts.views.base import add_service_errors
from achievements.forms.proposals import asked
from achievements.forms.wizard import (
    PRIORITIES,
    WizardCheckForm,
    WizardQuestionsForm,
    WizardTextForm,
)
from achievements.models import Demand, Listing
from achievements.permissions import may_edit_listing
from achievements.presentation import (
    budget_text,
    choice_labels,
    listed,
    requirement_text,
    said,
)
from achievements.services import create_listing, submit_listing, update_listing
from achievements.services.drafting import (
    proposed_summary,
    proposed_title,
    with_alternative,
    without_alternative,
)
from achievements.services.proposals import proposals_of, row_from
from achievements.services.writing import row_fields

STEPS = ("text", "requirements", "questions", "check")


class WizardView(LoginRequiredMixin, View):
    """What the steps share: the draft, the way on and back, and the page around the form."""

    step: str
    demand: Demand | None = None
    organisation: Organisation

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the draft, or for whom a new one is written. Only drafts go through the steps."""
        if request.user.is_authenticated:
            answer = self.prepare(request)
            if answer is not None:
                return answer
        return super().dispatch(request, *args, **kwargs)

    def prepare(self, request: HttpRequest) -> HttpResponse | None:
        """Set ``demand`` and ``organisation``; may answer at once. Raises PermissionDenied."""
        pk = self.kwargs.get("pk")
        if pk is None:
            viewer = Viewer(request)
            if viewer.active_organisation is None:
                return render(request, "achievements/no_organisation.html")
            if not viewer.may_post:
                raise PermissionDenied
            self.organisation = viewer.active_organisation
            return None
        rows = Demand.objects.visible_to(request.user).select_related("organisation", "region")
        demand = get_object_or_404(rows, pk=pk)
        if not may_edit_listing(request.user, demand):
            raise PermissionDenied
        if demand.state != Listing.State.DRAFT:
            return redirect("achievements:demand_update", pk=pk)
        self.demand, self.organisation = demand, cast("Organisation", demand.organisation)
        return None

    @property
    def by(self) -> User:
        """Who writes."""
        return cast("User", self.request.user)

    @property
    def draft(self) -> Demand:
        """The draft of every step but the first."""
        return cast("Demand", self.demand)

    def address(self, step: str) -> str:
        """Where a step of this draft is."""
        if self.demand is None:
            return reverse("achievements:demand_wizard")
        return reverse(f"achievements:wizard_{step}", args=[self.demand.pk])

    def go(self) -> HttpResponse:
        """To the step that the pressed button names: on, back, or out to the saved draft."""
        wanted = self.request.POST.get("go", "")
        if wanted in STEPS:
            return redirect(self.address(wanted))
        messages.success(self.request, _("Your draft is saved."))
        return redirect(self.draft)

    def show(self, status: int = 200, **context: Any) -> HttpResponse:
        """The page of the step."""
        at = STEPS.index(self.step)
        labels = {
            "text": _("In your words"),
            "requirements": _("Requirements"),
            "questions": _("Questions"),
            "check": _("Check"),
        }
        items = [
            {
                "label": labels[name],
                "state": "current" if place == at else "done" if place < at else "ahead",
                "url": self.address(name) if self.demand is not None and place != at else "",
            }
            for place, name in enumerate(STEPS)
        ]
        page: dict[str, Any] = {
            "steps": items,
            "demand": self.demand,
            "organisation": self.organisation,
            "back": STEPS[at - 1] if at else "",
            "forward": STEPS[at + 1] if at + 1 < len(STEPS) else "",
        }
        name = f"achievements/wizard_{self.step}.html"
        return render(self.request, name, page | context, status=status)


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


class WizardQuestionsView(WizardView):
    """Step 3: what others look for a demand by."""

    step = "questions"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The answers as they are saved."""
        return self.show(
            form=WizardQuestionsForm(initial=WizardQuestionsForm.initial_of(self.draft))
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save the answers; what is not answered stays open."""
        form = WizardQuestionsForm(request.POST)
        if form.is_valid():
            try:
                update_listing(self.draft, by=self.by, values=form.values_for(self.draft))
            except ValidationError as error:
                add_service_errors(form, error)
            else:
                return self.go()
        return self.show(422, form=form)


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
