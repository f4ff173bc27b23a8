"""Score and hints while writing."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from achievements.forms import FORMSETS, AchievementForm, DemandForm, ExpertForm
from achievements.forms.quality import shown_quality

_FORMS = {"achievement": AchievementForm, "demand": DemandForm, "expert": ExpertForm}


@login_required
@require_POST
def quality_judge(request: HttpRequest, kind: str) -> HttpResponse:
    """The score of what was typed so far. Reads only what is sent and keeps nothing."""
    if kind not in _FORMS:
        raise Http404
    sets = {name: each(request.POST, user=request.user) for name, each in FORMSETS[kind].items()}
    contact = bool(request.POST.get("looked_after"))
    context = shown_quality(_FORMS[kind](request.POST), sets, kind=kind, contact=contact)
    return render(request, "achievements/_quality.html", {**context, "live": True})
