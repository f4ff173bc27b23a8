"""Answers to matches, as forms of their own or, by htmx, in the place of the match."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.bilingual import reader_language
from accounts.models import User
from accounts.views.base import safe_next
from matching.cards import MatchReader, match_card
from matching.forms import DismissForm, SnoozeForm
from matching.models import Decision, Match
from matching.permissions import may_decide, sides_of
from matching.querysets import MatchQuerySet
from matching.services.decisions import accept_match, dismiss_match, snooze_match, undo_decision
from matching.services.learning import moved_by
from matching.services.revealing import is_hidden, reveal_match

VERBS = ("accept", "dismiss", "snooze", "undo", "reveal")

AnswerForm = DismissForm | SnoozeForm | None


def _rows(request: HttpRequest) -> MatchQuerySet:
    rows = Match.objects.visible_to(request.user).live()
    return rows.with_answers(request.user).with_details()


def _find(request: HttpRequest, pk: int) -> Match:
    return get_object_or_404(_rows(request), pk=pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match_decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept or take back (POST); dismiss and snooze ask first for reason or day (GET).

    Where htmx asks, the answer is a part of the list: the form, what was said with a button that
    takes it back, or the match as it is again.
    """
    if verb not in VERBS:
        raise Http404
    match = _find(request, pk)
    side = _side(request, match)
    form = _form(request, verb, pk)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            done = _carry_out(verb, match, side, cast("User", request.user), form)
        except ValidationError as error:
            if form is None:
                return _refused(request, match, side, error)
            form.add_error(None, error)
        else:
            return _done(request, match, side, verb, done)
    return _ask(request, match, side, verb, form)


def _ask(
    request: HttpRequest, match: Match, side: str, verb: str, form: AnswerForm
) -> HttpResponse:
    """The form, with what is wrong in it; by htmx below the match, always with status 200."""
    context = {
        "form": form,
        "verb": verb,
        "side": side,
        "card": match_card(match, MatchReader(request.user), side=side),
        "back": safe_next(request, "/matches/"),
    }
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "matching/_match_answer.html", context)
        response["HX-Retarget"], response["HX-Reswap"] = f"#answer-{match.pk}", "innerHTML"
        return response
    status = 422 if form is not None and form.errors else 200
    return render(request, "matching/match_decide.html", context, status=status)


def _done(request: HttpRequest, match: Match, side: str, verb: str, said: str) -> HttpResponse:
    """Back to where the user came from, or what takes the match's place in the list.

    A match that was kept for its answer alone may be gone once that is taken back.
    """
    if not request.htmx:  # type: ignore[attr-defined]
        messages.success(request, said)
        return redirect(safe_next(request, "/matches/"))
    now = _rows(request).filter(pk=match.pk).first()
    if now is None:
        context = _in_place(request, match, side) | {"said": said, "gone": True}
        return render(request, "matching/_match_answered.html", context)
    context = _in_place(request, now, side) | {"said": said}
    name = "_match_item" if verb == "undo" else "_match_answered"
    return render(request, f"matching/{name}.html", context)


def _refused(request: HttpRequest, match: Match, side: str, error: ValidationError) -> HttpResponse:
    """What the service refused, said on the page or in the place of the match."""
    text = " ".join(error.messages)
    if not request.htmx:  # type: ignore[attr-defined]
        messages.error(request, text)
        return redirect(safe_next(request, "/matches/"))
    context = _in_place(request, match, side) | {"said": text, "refused": True}
    return render(request, "matching/_match_answered.html", context)


def _in_place(request: HttpRequest, match: Match, side: str) -> dict[str, Any]:
    card = match_card(match, MatchReader(request.user), side=side)
    return {"card": card, "next": safe_next(request, "/matches/"), "own_named": True, "live": True}


def _side(request: HttpRequest, match: Match) -> str:
    """The side to answer for: the user's own; who has both says which."""
    sides = sides_of(request.user, match)
    wanted = request.POST.get("side") or request.GET.get("side") or (sides[0] if sides else "")
    if not may_decide(request.user, match, wanted):
        raise PermissionDenied
    return wanted


def _form(request: HttpRequest, verb: str, pk: int) -> AnswerForm:
    """Several may stand on one page, so their fields' ids bear the match's number."""
    data, ids = request.POST if request.method == "POST" else None, f"id_{pk}_%s"
    if verb == "dismiss":
        return DismissForm(data, auto_id=ids)
    return SnoozeForm(data, auto_id=ids) if verb == "snooze" else None


def _carry_out(verb: str, match: Match, side: str, by: User, form: AnswerForm) -> str:
    values = form.cleaned_data if form is not None else {}
    if verb == "reveal":
        if side != Decision.Side.DEMAND:
            raise PermissionDenied
        reveal_match(match=match, by=by)
        return _("The demand is revealed to them, and they have been told.")
    if verb == "accept":
        said = accept_match(match=match, side=side, by=by)
        if side == Decision.Side.DEMAND and is_hidden(match):
            return _("Accepted. They hear of it when you reveal the demand to them.") + _effect(
                said
            )
        return _("Accepted. The other side has been told.") + _effect(said)
    if verb == "dismiss":
        said = dismiss_match(match=match, side=side, by=by, **values)
        if side == Decision.Side.DEMAND and is_hidden(match):
            return _("Dismissed. The demand is sealed, so nobody was told.") + _effect(said)
        return _("Dismissed. The other side has been told why.") + _effect(said)
    if verb == "snooze":
        snooze_match(match=match, side=side, by=by, until=values["snoozed_until"])
        return _("Put aside until that day.")
    undo_decision(match=match, side=side, by=by)
    return _("Your answer has been taken back, and what it did to other matches.")


def _effect(decision: Decision) -> str:
    """What an answer did to the other matches of its side, as a sentence to add."""
    count = moved_by(decision)
    if not count:
        return ""
    if decision.verdict == Decision.Verdict.ACCEPTED:
        text = ngettext(
            "%(count)s other match near it now ranks higher.",
            "%(count)s other matches near it now rank higher.",
            count,
        )
    else:
        text = ngettext(
            "%(count)s other match with the same shortcoming now ranks lower.",
            "%(count)s other matches with the same shortcoming now rank lower.",
            count,
        )
    return ("" if reader_language() == "zh" else " ") + text % {"count": count}
