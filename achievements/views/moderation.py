"""Reports and appeals: made by visitors and owners, decided by reviewers."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.generic import ListView

from accounts.models import User
from achievements.filtersets.moderation import AppealFilterSet, ReportFilterSet
from achievements.forms.moderation import (
    AppealDecisionForm,
    AppealForm,
    ReportDecisionForm,
    ReportForm,
)
from achievements.models import Appeal, Listing, Report
from achievements.permissions import (
    may_appeal,
    may_decide_appeal,
    may_decide_report,
    may_see_reports,
)
from achievements.services import (
    EditConflictError,
    appeal_take_down,
    appealable,
    decide_appeal,
    dismiss_report,
    report_listing,
    uphold_report,
)
from achievements.throttles import ReportThrottle
from achievements.views.actions import find_listing
from achievements.views.moderation_tabs import moderation_tabs
from achievements.working_days import site_today

PAGE_SIZE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def listing_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Anybody tells the reviewers what is wrong with a listing. What fills the field that people
    do not see is a machine: it is thanked, and nothing is kept."""
    listing = find_listing(request, pk)
    by = request.user if isinstance(request.user, User) else None
    posted = request.method == "POST"
    form = ReportForm(request.POST if posted else None, signed_in=by is not None)
    status = 200
    if posted and not ReportThrottle().allow_request(cast("Any", request), cast("Any", None)):
        form.add_error(None, _("Too many reports came from here. Please try again in an hour."))
        status = 429
    elif posted and form.is_valid():
        try:
            if not request.POST.get("website"):
                language = get_language() or "en"
                report_listing(listing, by=by, language=language, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Thank you. A reviewer looks at it within five working days.")
            )
            return redirect(listing)
    if form.errors and status == 200:
        status = 422
    context = {"form": form, "listing": listing}
    return render(request, "achievements/listing_report.html", context, status=status)


class QueueView(LoginRequiredMixin, ListView):
    """A list that reviewers decide from, the first due first."""

    paginate_by = PAGE_SIZE
    filterset_class: Any = None
    tab = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only reviewers come in."""
        if request.user.is_authenticated and not may_see_reports(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def narrowed(self, rows: Any) -> Any:
        """What the address asks for; open ones unless it says else."""
        given = self.request.GET.copy()
        given.setdefault("show", "open")
        found = self.filterset_class(given, rows, request=self.request)
        return found.qs if found.is_valid() else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The day it is, for the clock, and the tabs of the moderators' desk."""
        return super().get_context_data(
            today=site_today(),
            shown=self.request.GET.get("show", "open"),
            tabs=moderation_tabs(self.request.user, self.tab),
            **kwargs,
        )


class ReportListView(QueueView):
    """What people say to be wrong with listings."""

    template_name = "achievements/report_list.html"
    context_object_name = "reports"
    filterset_class = ReportFilterSet
    tab = "reports"

    def get_queryset(self) -> Any:
        """Those the reviewer's role decides."""
        return self.narrowed(Report.objects.visible_to(self.request.user).with_details())


class AppealListView(QueueView):
    """What owners say to take-downs."""

    template_name = "achievements/appeal_list.html"
    context_object_name = "appeals"
    filterset_class = AppealFilterSet
    tab = "appeals"

    def get_queryset(self) -> Any:
        """Those the reviewer's role decides."""
        return self.narrowed(Appeal.objects.waiting_for(self.request.user).with_details())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A report, its listing and the decision."""
    rows = Report.objects.visible_to(request.user).with_details()
    report = get_object_or_404(rows, pk=pk)
    may_decide = may_decide_report(request.user, report) and report.decided_at is None
    initial = {"seen": report.listing.version}
    form = ReportDecisionForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        if not may_decide_report(request.user, report):
            raise PermissionDenied
        if form.is_valid():
            given = dict(form.cleaned_data)
            take_down = given.pop("verdict") == "take_down"
            if not take_down:
                given = {name: given[name] for name in ("answer", "note")}
            verb: Any = uphold_report if take_down else dismiss_report
            try:
                verb(report, by=cast("User", request.user), **given)
            except EditConflictError as error:
                form.add_error(None, error.messages)
                form.renew_version(Listing.objects.get(pk=report.listing_id))
                status = 409
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Decided. Who has to know is told."))
                return redirect("achievements:report_list")
        if form.errors and status == 200:
            status = 422
    context = {
        "report": report,
        "listing": report.listing,
        "form": form,
        "may_decide": may_decide,
        "today": site_today(),
    }
    return render(request, "achievements/report_decide.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def listing_appeal(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner objects to a take-down."""
    listing = find_listing(request, pk)
    if not may_appeal(request.user, listing):
        raise PermissionDenied
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            appeal_take_down(listing, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request, _("Another reviewer looks at your appeal within five working days.")
            )
            return redirect(listing)
    context = {"form": form, "listing": listing, "review": appealable(listing)}
    status = 422 if form.errors else 200
    return render(request, "achievements/listing_appeal.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def appeal_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """An appeal, the decision it is about, and what another reviewer says to it."""
    rows = Appeal.objects.waiting_for(request.user).with_details()
    appeal = get_object_or_404(rows, pk=pk)
    listing = appeal.review.listing
    allowed = may_decide_appeal(request.user, appeal)
    initial = {"seen": listing.version}
    form = AppealDecisionForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        if not allowed:
            raise PermissionDenied
        if form.is_valid():
            given = dict(form.cleaned_data)
            granted = given.pop("verdict") == "grant"
            try:
                decide_appeal(appeal, by=cast("User", request.user), granted=granted, **given)
            except EditConflictError as error:
                form.add_error(None, error.messages)
                form.renew_version(Listing.objects.get(pk=listing.pk))
                status = 409
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, _("Decided. Who has to know is told."))
                return redirect("achievements:appeal_list")
        if form.errors and status == 200:
            status = 422
    is_open = appeal.decided_at is None and listing.state == Listing.State.DRAFT
    context = {
        "appeal": appeal,
        "listing": listing,
        "form": form,
        "may_decide": allowed and is_open,
        "is_open": is_open,
        "today": site_today(),
    }
    return render(request, "achievements/appeal_decide.html", context, status=status)
