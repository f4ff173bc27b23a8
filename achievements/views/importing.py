"""Importing a file on the pages: upload, look at what would happen, confirm."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import DetailView, FormView

from accounts.memberships import memberships_of
from accounts.models import Organisation
from accounts.permissions import EDITING_ROLES, signed_in
from accounts.views.base import ServiceFormMixin, VerbView
from achievements.downloads import example_download
from achievements.exporting import FORMATS
from achievements.forms.importing import ImportForm
from achievements.importing.columns import label_of
from achievements.models import Expert, ImportRun, Listing
from achievements.permissions import may_import
from achievements.querysets import ImportRunQuerySet
from achievements.services.import_choosing import chosen_counts
from achievements.services.import_outcome import UNTITLED
from achievements.services.import_progress import percent_of
from achievements.services.import_runs import cancel_import, confirm_import, upload_import

SHOWN_PROBLEMS = 20  # the others are on the page where they are corrected
RECENT = 10
USUAL_ROWS: dict[str, str] = {
    Organisation.Kind.UNIVERSITY: Listing.Kind.ACHIEVEMENT,
    Organisation.Kind.RESEARCH_INSTITUTE: Listing.Kind.ACHIEVEMENT,
    Organisation.Kind.ENTERPRISE: Listing.Kind.DEMAND,
}


class ImportCreate(ServiceFormMixin, FormView):
    """Upload a file; below, the latest imports."""

    form_class = ImportForm
    template_name = "achievements/import_form.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Only for those who may import anything at all."""
        user = request.user
        if user.is_authenticated:
            posts = any(one.role in EDITING_ROLES for one in memberships_of(user))
            if not (user.curates or posts):
                raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form offers what this user may choose."""
        return super().get_form_kwargs() | {"user": signed_in(self.request.user)}

    def get_initial(self) -> dict[str, Any]:
        """A link may say the kind; else what organisations like this one mostly post."""
        organisation = signed_in(self.request.user).active_organisation
        usual = USUAL_ROWS.get(organisation.kind, "") if organisation is not None else ""
        return super().get_initial() | {"kind": self.request.GET.get("kind") or usual}

    def call_service(self, form: ImportForm) -> ImportRun:  # type: ignore[override]
        """Keep the file and have it checked."""
        return upload_import(by=signed_in(self.request.user), **form.cleaned_data)

    def get_success_url(self) -> str:
        """The page of the run."""
        return reverse("achievements:import_detail", args=[self.object.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the latest imports this user may see."""
        runs = ImportRun.objects.visible_to(self.request.user).select_related("organisation")
        return super().get_context_data(runs=runs[:RECENT], **kwargs)


@login_required
@require_safe
def import_example(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """A table to begin with, in the reader's language: its columns and a row of example."""
    if kind not in Listing.Kind.values or form not in FORMATS:
        raise Http404
    return example_download(kind, form)


class ImportDetail(LoginRequiredMixin, DetailView):
    """How far an import is, what it would do, what it did."""

    template_name = "achievements/import_detail.html"
    context_object_name = "run"

    def get_queryset(self) -> ImportRunQuerySet:
        """What this user may see; anything else is a 404."""
        return ImportRun.objects.visible_to(self.request.user).select_related("organisation")

    def get_template_names(self) -> list[str]:
        """Only the changing part when htmx asks again."""
        return ["achievements/_import_state.html" if self.request.htmx else self.template_name]  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report in the reader's language."""
        report, user = self.object.report, self.request.user
        counts = chosen_counts(self.object) if self.object.state == ImportRun.State.CHECKED else {}
        changes = report.get("created", 0) + report.get("updated", 0) + report.get("merged", 0)
        return super().get_context_data(
            report=report,
            error=_spoken(report.get("error", {})),
            problems=said_problems(report.get("problems", [])[:SHOWN_PROBLEMS], user),
            notices=said_problems(report.get("notices", []), user),
            untitled=is_untitled(report.get("problems", [])),
            columns=[
                (header, label_of(target, self.object.kind))
                for header, target in sorted(report.get("columns", {}).items())
            ],
            outstanding=self.object.is_outstanding,
            percent=percent_of(self.object),
            confirmable=self.object.state == ImportRun.State.CHECKED,
            undoable=(
                self.object.may_still_be_undone
                and report.get("applied")
                and may_import(self.request.user, self.object.organisation, self.object.kind)
            ),
            namesakes=self._namesakes(),
            changes=changes + sum(n for name, n in counts.items() if name != "skip"),
            skips=counts.get("skip", 0),
            **kwargs,
        )

    def _namesakes(self) -> int:
        """For curators: how many people of a finished import have the name of another in the pool,
        and have not been merged yet."""
        run, user = self.object, self.request.user
        people = run.kind == Listing.Kind.EXPERT and run.state == ImportRun.State.DONE
        if not (people and user.is_authenticated and user.curates):
            return 0
        pool = Expert.objects.visible_to(user).unmerged()
        return pool.with_possible_duplicates().imported_by(run).count()


def _spoken(texts: dict[str, str]) -> str:
    return texts.get(get_language() or "en", texts.get("en", ""))


def is_untitled(problems: Iterable[dict[str, Any]]) -> bool:
    """Whether no column was read as the title, so that columns must be chosen, not cells mended."""
    return any(problem["code"] == UNTITLED for problem in problems)


def said_problems(problems: Iterable[dict[str, Any]], user: Any) -> list[dict[str, Any]]:
    """Problems with ``text`` in the reader's language and ``holder``, the listing that stands in
    the way where this reader may see it; at most one query."""
    rows = list(problems)
    keys = {row["listing"] for row in rows if row.get("listing")}
    holders = Listing.objects.visible_to(user).in_bulk(keys) if keys else {}
    return [
        row | {"text": _spoken(row["message"]), "holder": holders.get(row.get("listing"))}
        for row in rows
    ]


def run_of(request: HttpRequest, pk: int) -> ImportRun:
    """The run, for whoever may still import for its organisation."""
    run = get_object_or_404(ImportRun.objects.visible_to(request.user), pk=pk)
    if not may_import(request.user, run.organisation, run.kind):
        raise PermissionDenied
    return run


class ImportConfirm(VerbView):
    """Import what was checked."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Confirm, and go back to the run."""
        confirm_import(run_of(request, kwargs["pk"]), by=signed_in(request.user))
        return "", self.back(request, **kwargs)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The run's page."""
        return reverse("achievements:import_detail", args=[kwargs["pk"]])


class ImportCancel(ImportConfirm):
    """Give up what was checked."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Cancel, and go back to the upload."""
        cancel_import(run_of(request, kwargs["pk"]), by=signed_in(request.user))
        return _("The import is cancelled; nothing was changed."), reverse(
            "achievements:listing_import"
        )
