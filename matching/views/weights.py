"""Versions of the scoring weights: the list, one beside the version in use, taking it into use."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import ListView

from accounts.models import User
from matching.models import ScoringWeights
from matching.permissions import may_set_weights
from matching.services.comparing import compare_versions
from matching.services.weights import activate_version, active_weights
from matching.wording.weights import comparison_rows, learning_rows, parameter_rows, score_chart


class WeightsListView(LoginRequiredMixin, UserPassesTestMixin, ListView):
    """All versions, the newest first; for curators."""

    template_name = "matching/weights_list.html"
    paginate_by = 50
    queryset = ScoringWeights.objects.select_related("created_by").order_by("-version")

    def test_func(self) -> bool:
        """Curators only."""
        return may_set_weights(self.request.user)


def _version(request: HttpRequest, version: int) -> ScoringWeights:
    if not may_set_weights(request.user):
        raise PermissionDenied
    return get_object_or_404(ScoringWeights.objects.select_related("created_by"), version=version)


@login_required
@require_GET
def weights_detail(request: HttpRequest, version: int) -> HttpResponse:
    """A version: its weights, its figures, and what it would change of the stored matches."""
    chosen, active = _version(request, version), active_weights()
    compared = None if chosen.pk == active.pk else compare_versions(active, chosen)
    context: dict[str, Any] = {
        "weights": chosen,
        "active": active,
        "compared": compared,
        "comparison": comparison_rows(compared) if compared else [],
        "chart": score_chart(compared) if compared else [],
        "parameters": parameter_rows(chosen.weights, active.weights),
        "learning": learning_rows(chosen.figures),
    }
    return render(request, "matching/weights_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def weights_activate(request: HttpRequest, version: int) -> HttpResponse:
    """Ask once more (GET), take into use (POST)."""
    chosen = _version(request, version)
    if request.method == "POST":
        activate_version(version=chosen, by=cast("User", request.user))
        text = _("Version %(version)s is in use. Everything is matched anew in the background.")
        messages.success(request, text % {"version": chosen.version})
        return redirect("matching:weights_list")
    return render(request, "matching/weights_activate.html", {"weights": chosen})
