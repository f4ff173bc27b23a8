"""What would match a demand while it is written."""

from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from accounts.context_processors import Viewer
from accounts.models import Organisation, User
from achievements.models import Demand
from achievements.permissions import may_edit_listing
from achievements.presentation import listed
from matching.cards import MatchReader, brief_card, match_card
from matching.forms import PreviewForm
from matching.models import Decision
from matching.services.previewing import drafted, preview_matches, unsaid
from matching.throttles import PreviewThrottle
from matching.wording.matches import COMPONENT_NAMES


def _draft(request: HttpRequest, pk: int) -> Demand:
    draft = get_object_or_404(Demand.objects.visible_to(request.user), pk=pk)
    if not may_edit_listing(request.user, draft):
        raise PermissionDenied
    return draft


def _too_often(request: HttpRequest) -> bool:
    return not PreviewThrottle().allow_request(cast("Any", request), cast("Any", None))


def _shown(request: HttpRequest, demand: Demand) -> dict[str, Any]:
    user = cast("User", request.user)
    found = preview_matches(demand, user=user)
    reader = MatchReader(user)
    whole = [match_card(match, reader, side=Decision.Side.DEMAND) for match in found or ()]
    cards = [brief_card(card) | {"requirements": card["requirements"]} for card in whole]
    names = listed(str(COMPONENT_NAMES[name]).lower() for name in unsaid(demand))
    return {"cards": cards, "available": found is not None, "unsaid": names}


@login_required
@require_POST
def demand_preview(request: HttpRequest) -> HttpResponse:
    """For what was typed so far, over the draft it belongs to: a part of a page, by htmx."""
    form = PreviewForm(request.POST)
    draft = None
    if form.is_valid() and form.cleaned_data["demand"]:
        draft = _draft(request, form.cleaned_data["demand"])
    viewer = Viewer(request)
    organisation: Organisation | None = viewer.active_organisation
    if draft is not None:
        organisation = draft.organisation
    elif not viewer.may_post:
        raise PermissionDenied
    if organisation is None:
        raise PermissionDenied
    if _too_often(request):
        return render(request, "matching/_preview.html", {"too_often": True}, status=429)
    demand = drafted(organisation=organisation, values=form.values(), draft=draft)
    return render(request, "matching/_preview.html", _shown(request, demand))


@login_required
@require_GET
def demand_preview_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The same of a draft as it is saved, as a page of its own."""
    draft = _draft(request, pk)
    if draft.organisation is None:
        raise PermissionDenied
    if _too_often(request):
        return render(request, "matching/preview.html", {"too_often": True}, status=429)
    demand = drafted(organisation=draft.organisation, values={}, draft=draft)
    return render(request, "matching/preview.html", {**_shown(request, demand), "listing": draft})
