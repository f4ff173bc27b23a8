"""What the steps from a free text to a demand share. Each saves the draft, so that going back and
forth, or closing the page, loses nothing; all of it works without JavaScript."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views import View

from accounts.context_processors import Viewer
from accounts.models import Organisation, User
from achievements.models import Demand, Listing
from achievements.permissions import may_edit_listing

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
