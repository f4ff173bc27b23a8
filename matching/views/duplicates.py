"""Listings that are nearly the same, side by side, for curators and moderators."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import ListView

from accounts.models import User
from achievements.presentation import fallback_language
from matching.filtersets import DuplicateFilterSet
from matching.models import DuplicatePair
from matching.permissions import may_see_duplicates
from matching.services.duplicates import mark_different

PAGE_SIZE = 20


class DuplicateListView(LoginRequiredMixin, ListView):
    """Pairs that nobody has decided on, the most alike first."""

    template_name = "matching/duplicate_list.html"
    paginate_by = PAGE_SIZE
    context_object_name = "pairs"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Curators and moderators only."""
        if request.user.is_authenticated and not may_see_duplicates(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        """What the address asks for."""
        rows = DuplicatePair.objects.visible_to(self.request.user).waiting()
        found = DuplicateFilterSet(self.request.GET, rows, request=self.request)
        return found.qs.with_details() if found.is_valid() else rows.none()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each pair with both sides as they are shown."""
        context = super().get_context_data(**kwargs)
        context["rows"] = [
            {
                "pair": pair,
                "percent": int(pair.likeness * 100),
                "sides": [
                    {"listing": side, "lang": fallback_language(side)}
                    for side in (pair.first, pair.second)
                ],
            }
            for pair in context["pairs"]
        ]
        return context


@login_required
@require_POST
def duplicate_different(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the two are not the same."""
    if not may_see_duplicates(request.user):
        raise PermissionDenied
    pair = get_object_or_404(DuplicatePair.objects.visible_to(request.user), pk=pk)
    mark_different(pair=pair, by=cast("User", request.user))
    messages.success(request, _("Noted: they are different, and are not shown together again."))
    return redirect("matching:duplicate_list")
