"""The open statistics page, and the administrators' dashboard."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from accounts.models import Organisation
from accounts.visitors import SameForVisitors
from achievements.models import Appeal, Expert, Listing, Report
from matching.permissions import may_see_quality
from matching.services.market import longest_unmet, market_figures
from matching.wording.market import KIND_NAMES, funnel_rows, supply_rows, unmet_rows
from matching.wording.quality import count_text, field_rows, origin_rows, score_rows, time_rows


class StatisticsView(SameForVisitors, TemplateView):
    """For everyone: supply against demand and what becomes of it, without small numbers."""

    template_name = "matching/statistics.html"
    public = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows for tables and charts."""
        found = market_figures(public=self.public)
        return super().get_context_data(
            totals=[
                {"label": name, "value": count_text(found["totals"][kind])}
                for kind, name in KIND_NAMES.items()
            ],
            by_field=supply_rows(found["by_field"], _("Without a field")),
            by_region=supply_rows(found["by_region"], _("Without a region")),
            unmet=found["unmet"],
            unmet_by_field=unmet_rows(found["unmet_by_field"]),
            acceptance_by_field=field_rows(found["acceptance_by_field"]),
            acceptance_by_score=score_rows(found["acceptance_by_score"]),
            acceptance_by_origin=origin_rows(found["acceptance_by_origin"]),
            times=time_rows(found),
            waited_days=found["waited_days"],
            funnel=funnel_rows(found["funnel"]),
            details=not self.public,
            may_see_details=may_see_quality(self.request.user),
            **kwargs,
        )


class DashboardView(LoginRequiredMixin, UserPassesTestMixin, StatisticsView):
    """For administrators: all counts, what waits for them, and the demands that wait longest."""

    public = False

    def test_func(self) -> bool:
        """Administrators only."""
        return may_see_quality(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With today's work, which is not remembered."""
        return super().get_context_data(
            waiting=self._waiting(), longest=longest_unmet(self.request.user), **kwargs
        )

    def _waiting(self) -> list[dict[str, Any]]:
        """What waits for this administrator's roles; a query for each."""
        user: Any = self.request.user
        parts: list[tuple[str, str, Any]] = []
        if user.moderates:
            queue = Listing.objects.visible_to(user).awaiting_review()
            queue = queue.exclude(kind=Listing.Kind.EXPERT)
            verify = Organisation.objects.awaiting_verification()
            parts += [
                (_("Listings to review"), "achievements:moderation_queue", queue),
                (_("Organisations to verify"), "accounts:organisation_queue", verify),
            ]
        reports = Report.objects.visible_to(user).open()
        appeals = Appeal.objects.waiting_for(user).open()
        parts += [
            (_("Reports to decide"), "achievements:report_list", reports),
            (_("Appeals to decide"), "achievements:appeal_list", appeals),
        ]
        if user.curates:
            pool = Expert.objects.visible_to(user).awaiting_admission()
            parts.append((_("Experts to admit"), "achievements:expert_pool", pool))
        return [
            {"label": label, "url": reverse(name), "value": rows.count()}
            for label, name, rows in parts
        ]
