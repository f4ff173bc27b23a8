"""Curators propose matches that the machine did not see."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import signed_in
from achievements.models import Demand, Listing
from matching.forms import ProposeForm
from matching.models import Match
from matching.permissions import may_propose_matches
from matching.services.curating import propose_match

SHOWN = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose an achievement or expert for a demand by a part of its title, and say why."""
    if not may_propose_matches(request.user):
        raise PermissionDenied
    demand = get_object_or_404(Demand.objects.visible_to(request.user), pk=pk)
    title = request.GET.get("title", "").strip()
    found = _found(request, demand, title)
    form = ProposeForm(request.POST if request.method == "POST" else None, found=found)
    if form.is_valid():
        try:
            candidate = next(one for one in found if one.pk == int(form.cleaned_data["candidate"]))
            match = propose_match(
                demand=demand,
                candidate=candidate,
                by=signed_in(request.user),
                reason=form.cleaned_data["reason"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Proposed. Both sides have been told."))
            return redirect(reverse("matching:match_detail", args=[match.pk]))
    context = {"demand": demand, "form": form, "found": found, "title": title}
    status = 422 if form.errors else 200
    return render(request, "matching/match_propose.html", context, status=status)


def _found(request: HttpRequest, demand: Demand, title: str) -> list[Any]:
    """Published achievements and experts with this in their title, but those matched already."""
    if not title:
        return []
    rows = Listing.objects.visible_to(request.user).published()
    known = Match.objects.filter(demand=demand, is_current=True).values("candidate")
    rows = rows.exclude(kind=Listing.Kind.DEMAND).exclude(pk__in=known)
    named = rows.filter(Q(title_en__icontains=title) | Q(title_zh__icontains=title))
    return list(named.select_related("organisation").order_by("-published_at", "-pk")[:SHOWN])
