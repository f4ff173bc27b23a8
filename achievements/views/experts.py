"""People of the pool: admitting, merging, inviting; claiming a profile."""

import re
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.services.letters import site_address
from achievements.forms import ClaimForm, ExpertInviteForm, MergeForm
from achievements.forms.pool import AdmissionForm
from achievements.models import Claim, Expert
from achievements.permissions import may_decide_claim, may_edit_listing, may_review_listing
from achievements.services import (
    EditConflictError,
    accept_invitation,
    admit_expert,
    claim_expert,
    decide_claim,
    invitation_token,
    invite_expert,
    merge_experts,
    read_invitation_token,
    remind_invited_expert,
)


def _curated(request: HttpRequest, pk: int) -> Expert:
    """The profile, for a curator; else a 404 or a 403."""
    expert = get_object_or_404(Expert.objects.visible_to(request.user), pk=pk)
    if not (request.user.is_authenticated and request.user.curates):
        raise PermissionDenied
    return expert


def _tell(request: HttpRequest, error: ValidationError) -> None:
    for text in error.messages:
        messages.error(request, text)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_admit(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask on what an admission rests, and take a person into the pool.

    One's own profile is for another curator.
    """
    expert = _curated(request, pk)
    if not may_review_listing(request.user, expert):
        raise PermissionDenied
    form = AdmissionForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"expert": expert, "form": form, "seen": request.GET.get("seen", expert.version)}
        status = 422 if form.errors else 200
        return render(request, "achievements/expert_admit.html", context, status=status)
    try:
        seen = request.POST.get("seen", "")
        evidence = form.cleaned_data["evidence"]
        admit_expert(expert, by=cast("User", request.user), evidence=evidence, seen=seen)
    except EditConflictError as error:
        _tell(request, error)
        return redirect(expert)
    except ValidationError as error:
        _tell(request, error)
    else:
        messages.success(request, _("Admitted: %(name)s.") % {"name": expert.title})
    return redirect("achievements:expert_pool")


@login_required
@require_http_methods(["GET", "HEAD"])
def expert_duplicates(request: HttpRequest, pk: int) -> HttpResponse:
    """Who may be the same person; each leads to the page that merges the two."""
    expert = _curated(request, pk)
    found = Expert.objects.visible_to(request.user).duplicates_of(expert)
    number = re.search(r"(?:^|/experts/)([0-9]{1,18})/?$", request.GET.get("other", "").strip())
    if number:
        other = Expert.objects.visible_to(request.user).unmerged().filter(pk=int(number[1])).first()
        if other is not None and other.pk != expert.pk:
            return redirect("achievements:expert_merge", pk=expert.pk, other=other.pk)
        messages.error(request, _("There is no such profile in the expert pool."))
    context = {"expert": expert, "found": found.with_card_details()}
    return render(request, "achievements/expert_duplicates.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Choose field by field what is kept of two profiles, then make one of them."""
    keep, second = _curated(request, pk), _curated(request, other)
    form = MergeForm(request.POST if request.method == "POST" else None, keep=keep, other=second)
    if request.method == "POST" and form.is_valid():
        try:
            kept = merge_experts(keep, second, by=cast("User", request.user), values=form.content())
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("The two profiles are one now."))
            return redirect(kept)
    status = 422 if form.errors else 200
    context = {"form": form, "expert": keep, "other": second}
    return render(request, "achievements/expert_merge.html", context, status=status)


def _unclaimed(request: HttpRequest, pk: int) -> Expert:
    """A profile without its person, for those who may edit it; else a 404 or a 403."""
    expert = get_object_or_404(Expert.objects.visible_to(request.user), pk=pk)
    if not may_edit_listing(request.user, expert) or expert.user_id is not None:
        raise PermissionDenied
    return expert


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the person the link to claim the profile, or show it. Who may edit it may invite."""
    expert = _unclaimed(request, pk)
    form = ExpertInviteForm(
        request.POST if request.method == "POST" else None, initial={"language": get_language()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            invite_expert(expert, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The invitation is on its way."))
            return redirect("achievements:expert_invite", pk=expert.pk)
    path = reverse("achievements:expert_accept", args=[invitation_token(expert)])
    context = {
        "expert": expert,
        "form": form,
        "invitations": expert.invitations.select_related("invited_by"),
        "link": site_address(path),
    }
    status = 422 if form.errors else 200
    return render(request, "achievements/expert_invite.html", context, status=status)


@login_required
@require_POST
def expert_invite_again(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """Send an invitation once more."""
    expert = _unclaimed(request, pk)
    found = get_object_or_404(expert.invitations.all(), pk=invitation)
    try:
        remind_invited_expert(found, by=cast("User", request.user))
    except ValidationError as error:
        _tell(request, error)
    else:
        messages.success(request, _("The invitation is on its way."))
    return redirect("achievements:expert_invite", pk=expert.pk)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_accept(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person sees the profile and makes it the own one."""
    template = "achievements/expert_accept.html"
    try:
        expert = read_invitation_token(token)
        if request.method == "POST":
            accept_invitation(token, by=cast("User", request.user))
            messages.success(request, _("This profile is yours now."))
            return redirect("achievements:expert_update", pk=expert.pk)
    except LookupError as error:
        return render(request, template, {"problem": str(error)}, status=410)
    except ValidationError as error:
        return render(request, template, {"problem": " ".join(error.messages)}, status=409)
    return render(request, template, {"expert": expert})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """“This is me”: ask the curators for a profile."""
    expert = get_object_or_404(Expert.objects.visible_to(request.user), pk=pk)
    form = ClaimForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            claim_expert(expert, by=cast("User", request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Thank you. A curator will check it and tell you."))
            return redirect(expert)
    status = 422 if form.errors else 200
    return render(
        request, "achievements/expert_claim.html", {"form": form, "expert": expert}, status=status
    )


@login_required
@require_POST
def claim_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """A curator hands a profile over, or declines."""
    if not request.user.is_authenticated or not request.user.curates:
        raise PermissionDenied
    claim = get_object_or_404(Claim.objects.select_related("expert", "user"), pk=pk)
    if not may_decide_claim(request.user, claim):
        raise PermissionDenied
    accepted = request.POST.get("decision") == "accept"
    try:
        decide_claim(claim, by=request.user, accepted=accepted)
    except ValidationError as error:
        _tell(request, error)
    else:
        done = _("The profile has been handed over.") if accepted else _("Declined.")
        messages.success(request, done)
    return redirect("achievements:expert_pool")
