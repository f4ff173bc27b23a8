"""Posting and editing: one form with its rows, saved as a draft or submitted."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views import View

from accounts.context_processors import Viewer
from accounts.models import Organisation, User
from achievements.forms import (
    FORMSETS,
    AchievementForm,
    DemandForm,
    FormSets,
    ListingForm,
    add_missing,
    distribute_errors,
    typed,
    with_rows,
)
from achievements.forms.quality import shown_quality
from achievements.models import Achievement, Demand, Listing, Term
from achievements.permissions import may_edit_listing
from achievements.services import (
    EditConflictError,
    create_listing,
    ignore_proposals,
    submit_listing,
    update_listing,
)
from achievements.services.quality import is_looked_after
from achievements.views.proposals import ProposalsMixin


class ListingEditView(ProposalsMixin, LoginRequiredMixin, View):
    """What posting and editing of every kind share. Works without JavaScript."""

    model: type[Listing]
    form_class: type[ListingForm]
    listing: Listing | None = None
    organisation: Organisation | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Find the listing, or for whom a new one is posted, before anything else."""
        if request.user.is_authenticated:
            answer = self.prepare(request)
            if answer is not None:
                return answer
        return super().dispatch(request, *args, **kwargs)

    def prepare(self, request: HttpRequest) -> HttpResponse | None:
        """Set ``listing`` or ``organisation``; may answer at once. Raises PermissionDenied."""
        pk = self.kwargs.get("pk")
        if pk is not None:
            rows = self.model._default_manager.visible_to(request.user)
            self.listing = get_object_or_404(rows.select_related("organisation"), pk=pk)
            if not may_edit_listing(request.user, self.listing):
                raise PermissionDenied
            self.organisation = self.listing.organisation
            return None
        return self.prepare_new(request)

    def prepare_new(self, request: HttpRequest) -> HttpResponse | None:
        """A new listing is posted for the organisation the user acts for."""
        viewer = Viewer(request)
        if viewer.active_organisation is None:
            return render(request, "achievements/no_organisation.html")
        if not viewer.may_post:
            raise PermissionDenied
        self.organisation = viewer.active_organisation
        return None

    @property
    def looked_after(self) -> bool:
        """Whether a colleague looks after the listing."""
        return self.listing is not None and is_looked_after(self.listing)

    # --- forms ----------------------------------------------------------------------------

    def read(self, data: QueryDict | None) -> tuple[ListingForm, FormSets]:
        """The forms, bound to ``data`` or showing the listing, or empty."""
        user = self.request.user
        kinds = FORMSETS[str(self.model._meta.model_name)]
        if data is not None:
            return self.form_class(data, initial=self.initial()), {
                name: formset(data, user=user) for name, formset in kinds.items()
            }
        form = self.form_class(initial=self.initial())
        sets = {}
        for name, formset in kinds.items():
            rows = formset.initial_of(self.listing) if self.listing is not None else []
            sets[name] = with_rows(formset, rows, user, 0 if rows else 1)
        return form, sets

    def initial(self) -> dict[str, Any]:
        """What a form shows before anybody has typed."""
        if self.listing is not None:
            return self.form_class.initial_of(self.listing)
        return {}

    def with_one_more_row(
        self, data: QueryDict, relation: str, row: dict[str, Any] | None = None
    ) -> tuple[ListingForm, FormSets]:
        """The forms with all that was typed, unchecked, and one more row, empty or filled."""
        form = self.form_class(initial=typed(self.form_class(), data))
        sets = {}
        user = self.request.user
        for name, formset in FORMSETS[str(self.model._meta.model_name)].items():
            bound = formset(data, user=user)
            rows = [typed(row, data) for row in bound.forms]
            rows = [kept for kept in rows if not kept.pop("DELETE", False)]
            more = 1 if name == relation else 0
            if more and row is not None:
                rows = [kept for kept in rows if kept.get("quantity") or kept.get("value")]
                rows, more = [*rows, row], 0
            sets[name] = with_rows(formset, rows, user, more)
        return form, sets

    # --- answers --------------------------------------------------------------------------

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self.show(*self.read(None))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Add a row, save a draft or submit. What is refused comes back as it was typed."""
        relation = request.POST.get("add", "")
        if relation in FORMSETS[str(self.model._meta.model_name)]:
            return self.show(*self.with_one_more_row(request.POST, relation))
        if request.POST.keys() & {"take", "ignore", "look"}:
            return self.show(*self.with_proposal(request.POST))
        form, sets = self.read(request.POST)
        valid = [form.is_valid(), *(formset.is_valid() for formset in sets.values())]
        submit = request.POST.get("action") == "submit"
        if not all(valid):
            return self.refuse(form, sets, submit=submit)
        try:
            listing = self.save(form, sets, submit=submit)
        except EditConflictError as error:
            return self.show_conflict(form, sets, error)
        except ValidationError as error:
            distribute_errors(error, form, sets)
            return self.refuse(form, sets, submit=submit)
        messages.success(request, self.saved_message(listing))
        self.tell_of_proposals(listing)
        return redirect(listing)

    def save(self, form: ListingForm, sets: FormSets, *, submit: bool) -> Listing:
        """Create or update, and submit where asked; all of it or nothing."""
        user = cast("User", self.request.user)
        rows = {name: formset.content() for name, formset in sets.items()}
        with transaction.atomic():
            if self.listing is None:
                listing = self.create(user, form, rows)
            else:
                listing = update_listing(
                    self.listing,
                    by=user,
                    values=form.content(),
                    rows=rows,
                    seen=form.cleaned_data["seen"] or None,
                )
            if self.request.POST.getlist("ignored"):
                ignore_proposals(listing, by=user, keys=self.ignored())
            if submit and listing.state == Listing.State.DRAFT:
                submit_listing(listing, by=user)
        return listing

    def create(self, user: User, form: ListingForm, rows: dict[str, Any]) -> Listing:
        """A new draft."""
        return create_listing(
            self.model, by=user, organisation=self.organisation, values=form.content(), rows=rows
        )

    def saved_message(self, listing: Listing) -> str:
        """What has happened."""
        match listing.state:
            case Listing.State.DRAFT:
                return _("Saved as a draft. Only your organisation sees it.")
            case Listing.State.IN_REVIEW:
                return _("Submitted. You are told as soon as it has been reviewed.")
        return _("Saved.")

    def refuse(self, form: ListingForm, sets: FormSets, *, submit: bool) -> HttpResponse:
        """The form as typed with all that is wrong, and what a submission still lacks."""
        if submit:
            add_missing(form)
        return self.show(form, sets, status=422)

    def show_conflict(
        self, form: ListingForm, sets: FormSets, error: ValidationError
    ) -> HttpResponse:
        """The form as typed, with the present version's token: saving again is deliberate."""
        assert self.listing is not None  # noqa: S101 - only an update can conflict
        current = self.model._default_manager.get(pk=self.listing.pk)
        form.add_error(None, error.messages)
        form.data = cast("QueryDict", form.data).copy()
        form.data["seen"] = current.version
        differing = [
            form[name].label
            for name, value in self.form_class.initial_of(current).items()
            if name in form.cleaned_data and name != "seen" and form.cleaned_data[name] != value
        ]
        return self.show(form, sets, status=409, differing=differing)

    def show(
        self, form: ListingForm, sets: FormSets, status: int = 200, **more: Any
    ) -> HttpResponse:
        """Render the page."""
        quantities = Term.objects.of_scheme("quantity") if sets else []
        context = {
            "form": form,
            "sets": sets,
            "formsets": list(sets.values()),
            "listing": self.listing,
            "organisation": self.organisation,
            "quantities": quantities,
            **self.proposal_context(form, sets),
            **shown_quality(form, sets, kind=self.kind, contact=self.looked_after),
            **more,
        }
        template = f"achievements/{self.model._meta.model_name}_form.html"
        return render(self.request, template, context, status=status)


class AchievementEditView(ListingEditView):
    """Post or edit an achievement."""

    model = Achievement
    form_class = AchievementForm


class DemandEditView(ListingEditView):
    """Post or edit a demand."""

    model = Demand
    form_class = DemandForm
