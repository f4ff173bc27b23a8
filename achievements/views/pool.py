"""The curators' record of a person of the pool, and what hangs on it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import signed_in
from achievements.forms.pool import ConflictForm, EraseForm, PoolRecordForm
from achievements.models import DeclaredConflict, Expert, ExpertMerge
from achievements.permissions import may_declare_conflicts, may_keep_pool
from achievements.services import (
    declare_conflict,
    erase_expert,
    keep_pool_record,
    unmerge_experts,
    withdraw_conflict,
)


def _expert(request: HttpRequest, pk: int) -> Expert:
    return get_object_or_404(Expert.objects.visible_to(request.user), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Evidence, tags, end of admission, conflicts, mergers; the person sees the conflicts only."""
    expert = _expert(request, pk)
    if not may_declare_conflicts(request.user, expert):
        raise PermissionDenied
    curates = may_keep_pool(request.user)
    initial = {
        "evidence": expert.admission_evidence,
        "tags": ", ".join(expert.pool_tags),
        "admitted_until": expert.admitted_until,
    }
    form = PoolRecordForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and not curates:
        raise PermissionDenied
    if form.is_valid():
        try:
            keep_pool_record(expert, by=signed_in(request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("achievements:expert_record", pk=pk)
    context: dict[str, Any] = {
        "expert": expert,
        "curates": curates,
        "form": form,
        "conflict_form": ConflictForm(user=request.user),
        "conflicts": expert.conflicts.select_related("organisation", "by"),
    }
    if curates:
        context["merges"] = expert.merges.select_related("other", "by")
    status = 422 if form.errors else 200
    return render(request, "achievements/expert_record.html", context, status=status)


@login_required
@require_POST
def conflict_declare(request: HttpRequest, pk: int) -> HttpResponse:
    """The person, or a curator, declares a conflict."""
    expert = _expert(request, pk)
    if not may_declare_conflicts(request.user, expert):
        raise PermissionDenied
    form = ConflictForm(request.POST, user=request.user)
    try:
        if not form.is_valid():
            raise ValidationError([text for texts in form.errors.values() for text in texts])
        declare_conflict(expert, by=signed_in(request.user), **form.cleaned_data)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The conflict is noted."))
    return redirect("achievements:expert_record", pk=pk)


@login_required
@require_POST
def conflict_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The conflict is over."""
    seen = Expert.objects.visible_to(request.user)
    conflict = get_object_or_404(DeclaredConflict.objects.filter(expert__in=seen), pk=pk)
    if not may_declare_conflicts(request.user, conflict.expert):
        raise PermissionDenied
    withdraw_conflict(conflict, by=signed_in(request.user))
    messages.success(request, _("The conflict is noted as over."))
    return redirect("achievements:expert_record", pk=conflict.expert_id)


@login_required
@require_POST
def merger_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Part two merged profiles again."""
    if not may_keep_pool(request.user):
        raise PermissionDenied
    record = get_object_or_404(ExpertMerge, pk=pk)
    try:
        back = unmerge_experts(record, by=signed_in(request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("achievements:expert_record", pk=record.keep_id)
    messages.success(request, _("There are two profiles again."))
    return redirect(back)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def expert_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask how the request came, then erase the person for good."""
    expert = _expert(request, pk)
    if not may_keep_pool(request.user):
        raise PermissionDenied
    form = EraseForm(
        request.POST if request.method == "POST" else None, claimed=expert.user_id is not None
    )
    if form.is_valid():
        try:
            erase_expert(expert, by=signed_in(request.user), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("The person has been erased."))
            return redirect("achievements:expert_pool")
    status = 422 if form.errors else 200
    context = {"expert": expert, "form": form}
    return render(request, "achievements/expert_erase.html", context, status=status)
