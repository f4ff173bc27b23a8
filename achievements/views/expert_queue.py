"""What curators see of the expert pool."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from achievements.filtersets import ExpertFilterSet
from achievements.models import Claim, Expert, ImportRun, Listing
from achievements.presentation import part_names
from achievements.services import unseen_changes
from achievements.views.lists import FilteredListView

VIEWS = ("waiting", "changed", "duplicates", "all")
_LONGEST_NUMBER = 18  # digits; more are no key


class ExpertPoolView(LoginRequiredMixin, FilteredListView):
    """What curators see: who waits for admission, who may be listed twice, everybody."""

    model = Expert
    filterset_class = ExpertFilterSet
    template_name = "achievements/expert_pool.html"
    default_order = ("submitted_at", "pk")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only curators come in."""
        if request.user.is_authenticated and not request.user.curates:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def shown(self) -> str:
        """Which part of the pool is shown."""
        wanted = self.request.GET.get("show", VIEWS[0])
        return wanted if wanted in VIEWS else VIEWS[0]

    @cached_property
    def run(self) -> ImportRun | None:
        """The import whose people alone are shown; a 404 where the user may not see it."""
        number = self.request.GET.get("run", "")
        if not number:
            return None
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            raise Http404
        runs = ImportRun.objects.visible_to(self.request.user)
        return get_object_or_404(runs, pk=int(number), kind=Listing.Kind.EXPERT)

    def get_rows(self) -> Any:
        """The rows of that part."""
        rows = Expert.objects.visible_to(self.request.user).unmerged()
        match self.shown:
            case "waiting":
                return rows.awaiting_admission()
            case "changed":
                return rows.changed_after_publication()
            case "duplicates":
                rows = rows.with_possible_duplicates()
                return rows.imported_by(self.run) if self.run is not None else rows
        return rows

    def get_queryset(self) -> Any:
        """Namesakes stand side by side."""
        rows = super().get_queryset()
        return rows.order_by("title_en", "title_zh", "pk") if self.shown == "duplicates" else rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The parts with their sizes, and the open claims."""
        pool = Expert.objects.visible_to(self.request.user).unmerged()
        counts = {
            "waiting": pool.awaiting_admission().count(),
            "changed": pool.changed_after_publication().count(),
            "duplicates": pool.with_possible_duplicates().count(),
            "all": pool.count(),
        }
        labels = {
            "waiting": _("Waiting for admission"),
            "changed": _("Changed after admission"),
            "duplicates": _("Possible duplicates"),
            "all": _("Whole pool"),
        }
        tabs = [
            {
                "label": labels[name],
                "url": f"{self.request.path}?show={name}",
                "count": counts[name],
                "current": name == self.shown,
            }
            for name in VIEWS
        ]
        claims = Claim.objects.open().select_related("expert", "user")
        context = super().get_context_data(
            tabs=tabs, shown=self.shown, claims=claims, run=self.run, **kwargs
        )
        changes = unseen_changes([card["listing"] for card in context["cards"]])
        for card in context["cards"]:
            card["changed"] = part_names(Listing.Kind.EXPERT, changes.get(card["listing"].pk, []))
        return context
