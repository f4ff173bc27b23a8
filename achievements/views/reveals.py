"""Who may read a sealed demand: the owner's list, and ending it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import signed_in
from achievements.models import Demand
from achievements.permissions import may_edit_listing
from achievements.services.revealing import end_reveal, read_days


def _demand(request: HttpRequest, pk: int) -> Demand:
    demand = get_object_or_404(Demand.objects.visible_to(request.user), pk=pk)
    if not may_edit_listing(request.user, demand):
        raise Http404
    return demand


@login_required
@require_http_methods(["GET", "HEAD"])
def reveal_list(request: HttpRequest, pk: int) -> HttpResponse:
    """To whom the demand was shown, who read it how often, and until when."""
    demand = _demand(request, pk)
    reveals = list(demand.reveals.select_related("organisation", "person", "by", "ended_by"))
    days = read_days(reveals)
    rows = [{"reveal": one, "read": days[one.pk]} for one in reveals]
    return render(request, "achievements/reveal_list.html", {"demand": demand, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reveal_end(request: HttpRequest, pk: int, reveal_pk: int) -> HttpResponse:
    """Say what it does and does not do, then end it."""
    demand = _demand(request, pk)
    reveal = get_object_or_404(
        demand.reveals.select_related("organisation", "person"), pk=reveal_pk
    )
    if request.method == "POST":
        try:
            end_reveal(reveal, by=signed_in(request.user))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("They cannot read the demand any more."))
        return redirect("achievements:reveal_list", pk=pk)
    context = {"demand": demand, "reveal": reveal, "read": read_days([reveal])[reveal.pk]}
    return render(request, "achievements/reveal_end.html", context)
