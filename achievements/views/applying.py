"""Applying as an expert, proposing one, editing a profile."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.context_processors import Viewer
from accounts.models import User
from achievements.forms import ExpertForm, FormSets, ListingForm
from achievements.models import Expert, Listing
from achievements.permissions import may_claim_expert
from achievements.services import apply_as_expert
from achievements.services.orcids import holder_of
from achievements.views.editing import ListingEditView


class ExpertEditView(ListingEditView):
    """Apply as an expert, propose one for an organisation, or edit a profile."""

    model = Expert
    form_class = ExpertForm

    @property
    def about_me(self) -> bool:
        """Whether a new profile describes the user: asked for, or nothing else is possible."""
        return self.listing is None and (
            "me" in self.request.GET or self.request.POST.get("about") == "me"
        )

    def prepare_new(self, request: HttpRequest) -> HttpResponse | None:
        """Everybody may describe themselves; others are proposed by organisations and curators."""
        viewer = Viewer(request)
        if viewer.may_post:
            self.organisation = viewer.active_organisation
        elif not (viewer.is_curator or self.about_me):
            return redirect(f"{request.path}?me=1")
        if self.about_me:
            own = Expert.objects.unmerged().filter(user=cast("User", request.user)).first()
            if own is not None:
                return redirect("achievements:expert_update", pk=own.pk)
        return None

    def create(self, user: User, form: ListingForm, rows: dict[str, Any]) -> Listing:
        """An own profile is claimed from the start."""
        if self.about_me:
            return apply_as_expert(by=user, organisation=self.organisation, values=form.content())
        return super().create(user, form, rows)

    def show(
        self, form: ListingForm, sets: FormSets, status: int = 200, **more: Any
    ) -> HttpResponse:
        """Render the page; where the ORCID iD is another's, with the way to that profile."""
        more |= {"about_me": self.about_me, "holder": None}
        if "orcid" in form.errors:
            user = cast("User", self.request.user)
            besides = self.listing.pk if self.listing is not None else None
            holder = holder_of(str(form["orcid"].value()), besides=besides, reader=user)
            if holder is not None:
                more["holder"] = holder
                more["may_claim"] = self.about_me and may_claim_expert(user, holder)
        return super().show(form, sets, status, **more)
