"""Panels of experts, for curators."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin, UserPassesTestMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.generic import ListView

from accounts.permissions import signed_in
from accounts.text import row_number
from achievements.models import Demand
from matching.filtersets import PanelFilterSet
from matching.forms import PanelForm, PanelTaskForm
from matching.models import Panel
from matching.permissions import may_make_panels
from matching.services.panels import (
    approve_panel,
    choose_anew,
    close_panel,
    leave_out,
    make_panel,
    panels_for,
)

VERBS: dict[str, Callable[..., Panel]] = {
    "approve": approve_panel,
    "anew": choose_anew,
    "close": close_panel,
}


class PanelListView(LoginRequiredMixin, UserPassesTestMixin, ListView):
    """All panels, the newest first."""

    template_name = "matching/panel_list.html"
    context_object_name = "panels"
    paginate_by = 20

    def test_func(self) -> bool:
        """Curators only."""
        return may_make_panels(self.request.user)

    def get_queryset(self) -> Any:
        """What the address asks for."""
        rows = panels_for(self.request.user)
        found = PanelFilterSet(self.request.GET, rows, request=self.request)
        return found.qs if found.is_valid() else rows.none()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panel_create(request: HttpRequest, pk: int) -> HttpResponse:
    """Say for what and how many, then see who was chosen."""
    if not may_make_panels(request.user):
        raise PermissionDenied
    demand = get_object_or_404(Demand.objects.visible_to(request.user), pk=pk)
    form = PanelForm(
        request.POST if request.method == "POST" else None, user=request.user, demand=demand
    )
    if form.is_valid():
        try:
            panel = make_panel(demand=demand, by=signed_in(request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("matching:panel_detail", pk=panel.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "demand": demand}
    return render(request, "matching/panel_create.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def panel_task(request: HttpRequest) -> HttpResponse:
    """Describe a task without a demand, then see who was chosen."""
    if not may_make_panels(request.user):
        raise PermissionDenied
    form = PanelTaskForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        try:
            panel = make_panel(by=signed_in(request.user), **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("matching:panel_detail", pk=panel.pk)
    status = 422 if form.errors else 200
    return render(request, "matching/panel_task.html", {"form": form}, status=status)


def _panel(request: HttpRequest, pk: int) -> Panel:
    if not may_make_panels(request.user):
        raise PermissionDenied
    return get_object_or_404(panels_for(request.user), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD"])
def panel_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Who sits on it, who was left out and why."""
    panel = _panel(request, pk)
    places = list(panel.places.select_related("expert__organisation"))
    context = {
        "panel": panel,
        "chosen": [place for place in places if not place.reason],
        "left_out": [place for place in places if place.reason],
    }
    return render(request, "matching/panel_detail.html", context)


@login_required
@require_POST
def panel_act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Approve, choose anew or close; or leave an expert out."""
    panel = _panel(request, pk)
    try:
        if verb == "leave-out":
            found = panel.places.filter(expert=row_number(request.POST.get("expert", "")))
            place = get_object_or_404(found.select_related("expert"))
            note = request.POST.get("note", "")
            leave_out(panel, expert=place.expert, by=signed_in(request.user), note=note)
        elif verb in VERBS:
            VERBS[verb](panel, by=signed_in(request.user))
        else:
            raise Http404
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The changes are saved."))
    return redirect("matching:panel_detail", pk=pk)
