"""Matches: the list, one of them, the answers, and those of one listing as a part of its page."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import ListView

from accounts.bilingual import reader_language
from accounts.models import User
from achievements.models import Listing
from achievements.permissions import may_edit_listing
from matching.answer_wording import limits_of
from matching.cards import Card, MatchReader, brief_card, match_card, with_questions
from matching.filtersets import MatchFilterSet
from matching.forms import DismissForm, SnoozeForm
from matching.models import Decision, Match
from matching.permissions import may_decide, sides_of
from matching.services.decisions import accept_match, dismiss_match, snooze_match, undo_decision
from matching.services.exposure import CHANCES, LOOKED_AT, MATCHES, note_shown, with_fair_chance
from matching.services.learning import moved_by

PAGE_SIZE = 20
GROUPS = 8  # own listings on a page
SHOWN_IN_GROUP = 3
SHOWN_WITH_LISTING = 5


class MatchListView(LoginRequiredMixin, ListView):
    """The matches of the user's listings; of all listings for administrators.

    Grouped by own listing, the best few of each; one listing's, in an order asked for, or with
    ``view=list``, as one list.
    """

    template_name = "matching/match_list.html"
    paginate_by = PAGE_SIZE
    context_object_name = "matches"

    def get_queryset(self) -> Any:
        """What the address asks for, of live matches that this user may see."""
        rows = Match.objects.visible_to(self.request.user).live()
        self.filterset = MatchFilterSet(self.request.GET, rows, request=self.request)
        if not self.filterset.is_valid():
            return rows.none()
        return self.filterset.qs.with_details()

    def is_grouped(self) -> bool:
        """Whether the address leaves open which listing's matches, and in which order."""
        asked = self.request.GET
        as_list = asked.get("listing") or asked.get("ordering") or asked.get("view") == "list"
        return not as_list and self.filterset.is_valid()

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:
        """Pages of matches, or of own listings with the matches shown of each."""
        if not self.is_grouped():
            return super().paginate_queryset(queryset, page_size)
        self.total = queryset.count()
        rows = queryset.with_own_listing()
        paginator, page, groups, more = super().paginate_queryset(
            rows.count_by_own_listing(), GROUPS
        )
        self.groups = {group["own_id"]: {**group, "cards": []} for group in groups}
        shown = rows.filter(own_id__in=list(self.groups)).best_of_each(SHOWN_IN_GROUP)
        return paginator, page, shown, more

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards, tabs by state, and the own listings to choose from."""
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        reader = MatchReader(self.request.user)
        shown = list(context["matches"])
        reader.expect(shown)
        context["cards"] = [match_card(match, reader) for match in shown]
        _note(context["cards"], reader)
        if self.is_grouped():
            context["groups"] = self._groups(context["cards"])
            context["total"] = self.total
        context["tabs"] = self._tabs()
        number = self.request.GET.get("listing", "")
        if number.isdecimal() and len(number) < 19:
            rows = Listing.objects.visible_to(self.request.user)
            context["listing"] = rows.filter(pk=int(number)).first()
        context["filtered"] = any(
            value for name, value in self.request.GET.items() if name != "page"
        )
        return context

    def _groups(self, cards: list[Card]) -> list[dict[str, Any]]:
        for card in cards:
            self.groups[card["match"].own_id]["cards"].append(brief_card(card))
        for own_id, group in self.groups.items():
            query = self.request.GET.copy()
            query.pop("page", None)
            query["listing"] = str(own_id)
            group["url"] = f"?{query.urlencode()}"
        return [group for group in self.groups.values() if group["cards"]]

    def _tabs(self) -> list[dict[str, Any]]:
        chosen = self.request.GET.get("state", "")
        tabs = []
        for value, label in (("", _("All")), *MatchFilterSet.STATES):
            query = self.request.GET.copy()
            query.pop("page", None)
            query["state"] = value
            tabs.append(
                {"label": label, "url": f"?{query.urlencode()}", "current": value == chosen}
            )
        return tabs


def _find(request: HttpRequest, pk: int) -> Match:
    rows = Match.objects.visible_to(request.user).live()
    return get_object_or_404(rows.with_answers(request.user).with_details(), pk=pk)


@login_required
@require_GET
def match_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Both listings side by side, the score with its parts, every reason, and the answers."""
    match = _find(request, pk)
    card = match_card(match, MatchReader(request.user))
    with_questions(match, card, request.user)
    limits = limits_of(match.weights.weights)
    context = {"match": match, "card": card, "snooze_form": SnoozeForm(), "limits": limits}
    return render(request, "matching/match_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def match_decide(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept or take back (POST); dismiss and snooze ask first for reason or day (GET)."""
    if verb not in ("accept", "dismiss", "snooze", "undo"):
        raise Http404
    match = _find(request, pk)
    side = _side(request, match)
    form = _form(request, verb)
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            done = _carry_out(verb, match, side, cast("User", request.user), form)
        except ValidationError as error:
            if form is None:
                messages.error(request, " ".join(error.messages))
                return redirect(_back(request))
            form.add_error(None, error)
        else:
            messages.success(request, done)
            return redirect(_back(request))
    context = {
        "form": form,
        "verb": verb,
        "side": side,
        "card": match_card(match, MatchReader(request.user), side=side),
        "back": _back(request),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "matching/match_decide.html", context, status=status)


def _side(request: HttpRequest, match: Match) -> str:
    """The side to answer for: the user's own; who has both says which."""
    sides = sides_of(request.user, match)
    wanted = request.POST.get("side") or request.GET.get("side") or (sides[0] if sides else "")
    if not may_decide(request.user, match, wanted):
        raise PermissionDenied
    return wanted


def _form(request: HttpRequest, verb: str) -> DismissForm | SnoozeForm | None:
    data = request.POST if request.method == "POST" else None
    if verb == "dismiss":
        return DismissForm(data)
    return SnoozeForm(data) if verb == "snooze" else None


def _carry_out(
    verb: str, match: Match, side: str, by: User, form: DismissForm | SnoozeForm | None
) -> str:
    values = form.cleaned_data if form is not None else {}
    if verb == "accept":
        said = accept_match(match=match, side=side, by=by)
        return _("Accepted. The other side has been told.") + _effect(said)
    if verb == "dismiss":
        said = dismiss_match(match=match, side=side, by=by, **values)
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


def _back(request: HttpRequest) -> str:
    """Where the user came from, if that is a page of ours; else the list."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return "/matches/"


def _note(cards: Iterable[Card], reader: MatchReader) -> None:
    """Count what was shown to the side that is asked."""
    seen = [card for card in cards if card["side"]]
    note_shown([card["other"].pk for card in seen], place=MATCHES, reader=reader.user)
    by_chance = [card["match"].pk for card in seen if card["by_chance"]]
    note_shown(by_chance, place=CHANCES, reader=reader.user)


@login_required
@require_GET
def listing_matches(request: HttpRequest, pk: int) -> HttpResponse:
    """The best open matches of one listing, for its owner: a part of the listing's page."""
    listing = get_object_or_404(Listing.objects.visible_to(request.user), pk=pk)
    if not may_edit_listing(request.user, listing):
        raise PermissionDenied
    rows = Match.objects.visible_to(request.user).about(listing).with_answers(request.user)
    found = rows.undecided().with_details().order_by("-score", "pk")
    ranked = list(found[: SHOWN_WITH_LISTING + LOOKED_AT])
    best, others = ranked[:SHOWN_WITH_LISTING], ranked[SHOWN_WITH_LISTING:]
    side = "demand" if listing.kind == Listing.Kind.DEMAND else "candidate"
    shown = with_fair_chance(best, others, side=side)
    reader = MatchReader(request.user)
    reader.expect(shown)
    cards = [match_card(match, reader) for match in shown]
    _note(cards, reader)
    context = {
        "listing": listing,
        "cards": cards,
        "count": found.count(),
    }
    return render(request, "matching/_listing_matches_list.html", context)
