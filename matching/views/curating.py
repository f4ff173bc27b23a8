"""Curators propose matches that the machine did not see."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import signed_in
from achievements.models import Demand
from matching.forms import ProposeForm
from matching.permissions import may_propose_matches
from matching.proposable import find_proposable
from matching.services.curating import propose_match


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match_propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Find an achievement or expert for a demand by whatever names it, and say why."""
    if not may_propose_matches(request.user):
        raise PermissionDenied
    demand = get_object_or_404(Demand.objects.visible_to(request.user), pk=pk)
    asked = (request.GET.get("q") or request.GET.get("title", "")).strip()
    user = signed_in(request.user)
    found = find_proposable(demand, asked, user=user)
    free = [one.listing for one in found if one.may and one.match is None]
    form = ProposeForm(request.POST if request.method == "POST" else None, found=free)
    if form.is_valid():
        try:
            candidate = next(one for one in free if one.pk == int(form.cleaned_data["candidate"]))
            match = propose_match(
                demand=demand,
                candidate=candidate,
                by=user,
                reason=form.cleaned_data["reason"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Proposed. Both sides have been told."))
            return redirect(reverse("matching:match_detail", args=[match.pk]))
    context = {
        "demand": demand,
        "form": form,
        "free": free,
        "others": [one for one in found if not one.may or one.match is not None],
        "asked": asked,
    }
    status = 422 if form.errors else 200
    return render(request, "matching/match_propose.html", context, status=status)
