"""How good matching is: on judged sets, and on this site."""

from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.views.generic import ListView, TemplateView

from matching.permissions import may_see_quality
from matching.quality.measured import read_measured
from matching.services.exposure_report import exposure_report, never_shown
from matching.services.live_figures import live_figures
from matching.wording.exposure import chance_rows, spread_rows
from matching.wording.quality import (
    acceptance_rows,
    field_rows,
    judged_rows,
    measure_rows,
    origin_rows,
    reason_rows,
    score_rows,
    time_rows,
)


class QualityView(TemplateView):
    """For everyone: the figures of judged sets, and aggregates of this site without small ones."""

    template_name = "matching/quality.html"
    details = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows for tables and charts."""
        measured = read_measured()
        live = live_figures(details=self.details)
        context = super().get_context_data(
            measured=measured,
            judged=judged_rows(measured),
            measures=measure_rows(measured),
            acceptance=acceptance_rows(live["acceptance"]),
            origins=origin_rows(live["by_origin"]),
            reasons=reason_rows(live["reasons"]),
            times=time_rows(live),
            waited_days=live["waited_days"],
            details=self.details,
            may_see_details=may_see_quality(self.request.user),
            **kwargs,
        )
        if self.details:
            context["by_field"] = field_rows(live["by_field"])
            context["by_score"] = score_rows(live["by_score"])
        return context


class QualityDetailView(LoginRequiredMixin, UserPassesTestMixin, QualityView):
    """For administrators: also by field and by score."""

    details = True

    def test_func(self) -> bool:
        """Administrators only."""
        return may_see_quality(self.request.user)


class ExposureView(LoginRequiredMixin, UserPassesTestMixin, ListView):
    """For administrators: how often listings are shown, and those that never are."""

    template_name = "matching/exposure.html"
    paginate_by = 50

    def test_func(self) -> bool:
        """Administrators only."""
        return may_see_quality(self.request.user)

    def get_queryset(self) -> Any:
        """Listings never shown, the longest published first."""
        return never_shown()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the figures."""
        report = exposure_report()
        return super().get_context_data(
            spread=spread_rows(report),
            chance=chance_rows(report),
            places=report["places"],
            fair=settings.FAIR_EXPOSURE,
            **kwargs,
        )
