"""How the site runs, for administrators."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.utils import timezone
from django.views.generic import TemplateView

from matching.permissions import may_see_operation
from matching.services.operation import operation
from matching.wording.operation import part_rows, work_rows


class StatusView(LoginRequiredMixin, UserPassesTestMixin, TemplateView):
    """What waits and since when, as the metrics have it; asked anew each time."""

    template_name = "matching/status.html"

    def test_func(self) -> bool:
        """Administrators only."""
        return may_see_operation(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows of the two tables."""
        found = operation()
        return super().get_context_data(
            degraded=found.degraded,
            parts=part_rows(found),
            work=work_rows(found),
            at=timezone.now(),
            **kwargs,
        )
