"""Disclosures: the inventor's form, the office's desk, the page both read."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import ListView

from accounts.bilingual import reader_language
from accounts.context_processors import Viewer
from accounts.permissions import signed_in
from achievements.filtersets.disclosures import DisclosureFilterSet
from achievements.forms.disclosures import (
    DecisionForm,
    DisclosureForm,
    InventorRows,
    TextForm,
    place_errors,
)
from achievements.forms.handling import typed, with_rows
from achievements.models import Disclosure
from achievements.permissions import may_answer_disclosure, may_disclose, may_handle_disclosure
from achievements.services.disclosures import (
    answer_disclosure,
    ask_back,
    decide_disclosure,
    deciders_of,
    list_disclosure,
    submit_disclosure,
)


class DisclosureListView(LoginRequiredMixin, ListView):
    """The user's own disclosures and, for the office, those of the organisation."""

    template_name = "achievements/disclosure_list.html"
    paginate_by = 50

    def get_queryset(self) -> Any:
        """What the filters leave of what the user may see, the last changed first."""
        rows = Disclosure.objects.visible_to(self.request.user).order_by("-updated_at", "-pk")
        self.filterset = DisclosureFilterSet(
            self.request.GET or None, queryset=rows, request=self.request
        )
        return self.filterset.qs.select_related("organisation", "submitted_by")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the filters."""
        return super().get_context_data(filterset=self.filterset, **kwargs)


def _find(request: HttpRequest, pk: int) -> Disclosure:
    rows = Disclosure.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("organisation", "submitted_by", "listing"), pk=pk)


@login_required
@require_safe
def disclosure_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What was disclosed, what was said about it, and what the reader may do next."""
    return _show(request, _find(request, pk))


def _show(
    request: HttpRequest, disclosure: Disclosure, status: int = 200, **forms: Any
) -> HttpResponse:
    decided = disclosure.state == Disclosure.State.DECIDED
    handles = may_handle_disclosure(request.user, disclosure)
    context = {
        "disclosure": disclosure,
        "inventors": list(disclosure.inventors.all()),
        "entries": disclosure.entries.select_related("by"),
        "decision_text": disclosure.get_decision_display(),
        "may_ask": handles and disclosure.state == Disclosure.State.SUBMITTED,
        "may_decide": handles and not decided,
        "nobody_decides": not decided and not deciders_of(disclosure),
        "may_list": (
            handles
            and decided
            and disclosure.listing_id is None
            and disclosure.decision != Disclosure.Decision.RETURN
        ),
        "may_answer": may_answer_disclosure(request.user, disclosure)
        and disclosure.state == Disclosure.State.ASKED,
        "ask_form": TextForm(),
        "answer_form": TextForm(),
        "decision_form": DecisionForm(),
        **forms,
    }
    return render(request, "achievements/disclosure_detail.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The inventor's form: a new disclosure, or the correction the office asked for."""
    user = signed_in(request.user)
    disclosure = _find(request, pk) if pk is not None else None
    organisation = disclosure.organisation if disclosure else Viewer(request).active_organisation
    if organisation is None:
        return render(request, "achievements/no_organisation.html")
    if disclosure is None and not may_disclose(user, organisation):
        raise PermissionDenied
    if disclosure is not None and not may_answer_disclosure(user, disclosure):
        raise PermissionDenied
    form, rows = _forms(request, disclosure)
    status = 200
    if request.method == "POST" and "add" not in request.POST:
        status = 422
        if all([form.is_valid(), rows.is_valid()]):
            given = {"values": form.cleaned_data, "inventors": rows.content()}
            try:
                if disclosure is None:
                    kept = submit_disclosure(by=user, organisation=organisation, **given)
                    messages.success(request, _("Handed in. You are told what the office says."))
                else:
                    kept = answer_disclosure(disclosure, by=user, **given)
                    messages.success(request, _("Corrected, and back with the office."))
                return redirect(kept)
            except ValidationError as error:
                place_errors(error, form, rows)
    context = {"form": form, "rows": rows, "disclosure": disclosure, "organisation": organisation}
    return render(request, "achievements/disclosure_form.html", context, status=status)


def _forms(request: HttpRequest, disclosure: Disclosure | None) -> tuple[DisclosureForm, Any]:
    """As sent, as kept, or empty; with one more row where that was asked for."""
    if request.method != "POST":
        initial = {"language": reader_language()}
        names = ("name", "affiliation", "share")
        found: Any = disclosure.inventors.values(*names) if disclosure else []
        kept: list[Any] = list(found)
        form = DisclosureForm(instance=disclosure, initial={} if disclosure else initial)
        return form, with_rows(InventorRows, kept, request.user, 0 if kept else 1)
    if "add" in request.POST:
        shown = DisclosureForm(initial=typed(DisclosureForm(), request.POST))
        sent = [typed(row, request.POST) for row in InventorRows(request.POST).forms]
        rows = [row for row in sent if not row.pop("DELETE", False)]
        return shown, with_rows(InventorRows, rows, request.user, 1)
    copy = Disclosure.objects.get(pk=disclosure.pk) if disclosure else None
    return DisclosureForm(request.POST, instance=copy), InventorRows(request.POST)


@login_required
@require_POST
def disclosure_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """The office asks back."""
    disclosure = _find(request, pk)
    _require(may_handle_disclosure(request.user, disclosure))
    form = TextForm(request.POST)
    return _answer(request, disclosure, form, "ask_form", ask_back, _("The inventor is asked."))


@login_required
@require_POST
def disclosure_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The inventor answers."""
    disclosure = _find(request, pk)
    _require(may_answer_disclosure(request.user, disclosure))
    form = TextForm(request.POST)
    told = _("Answered; it is back with the office.")
    return _answer(request, disclosure, form, "answer_form", answer_disclosure, told)


@login_required
@require_POST
def disclosure_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The office decides."""
    disclosure = _find(request, pk)
    _require(may_handle_disclosure(request.user, disclosure))
    form = DecisionForm(request.POST)
    told = _("Decided; the inventor is told.")
    return _answer(request, disclosure, form, "decision_form", decide_disclosure, told)


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _answer(
    request: HttpRequest,
    disclosure: Disclosure,
    form: Any,
    name: str,
    verb: Callable[..., Disclosure],
    told: str,
) -> HttpResponse:
    """Call the service with what was sent, or show the page with what is wrong."""
    if form.is_valid():
        try:
            verb(disclosure, by=signed_in(request.user), **form.cleaned_data)
        except ValidationError as error:
            by_field = error.message_dict if hasattr(error, "error_dict") else {}
            for field, texts in (by_field or {"": error.messages}).items():
                form.add_error(field if field in form.fields else None, texts)
        else:
            messages.success(request, told)
            return redirect(disclosure)
    return _show(request, disclosure, 422, **{name: form})


@login_required
@require_POST
def disclosure_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft listing of it, and go on writing there."""
    disclosure = _find(request, pk)
    _require(may_handle_disclosure(request.user, disclosure))
    try:
        listing = list_disclosure(disclosure, by=signed_in(request.user))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(disclosure)
    messages.success(request, _("A draft was made of it. Complete it, then submit it."))
    return redirect("achievements:achievement_update", pk=listing.pk)
