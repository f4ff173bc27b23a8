"""Matches: the inbox, one of them, and those of one listing as a part of its page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic import ListView

from accounts.text import row_number
from achievements.models import Listing
from achievements.permissions import may_edit_listing
from matching.cards import Card, MatchReader, brief_card, match_card, with_questions
from matching.filtersets import MatchFilterSet
from matching.forms import SnoozeForm
from matching.models import Match
from matching.services.exposure import CHANCES, LOOKED_AT, MATCHES, note_shown, with_fair_chance
from matching.wording.answers import limits_of

PAGE_SIZE = 10  # with their reasons more would be slow to come on a slow line
GROUPS = 8  # own listings on a page
SHOWN_IN_GROUP = 3
SHOWN_WITH_LISTING = 5


class MatchListView(LoginRequiredMixin, ListView):
    """The inbox: matches of the user's listings; of all listings for administrators.

    One list, what waits for an answer first, by score and freshness; with ``view=groups`` grouped
    by own listing, the best few of each.
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
        """Whether the address asks for groups and leaves open which listing, in which order."""
        asked = self.request.GET
        as_list = asked.get("listing") or asked.get("ordering") or asked.get("view") != "groups"
        return not as_list and self.filterset.is_valid()

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Paginator, Page, Any, bool]:
        """Pages of matches, or of own listings with the matches shown of each."""
        if not self.is_grouped():
            return super().paginate_queryset(queryset, page_size)
        self.total = queryset.count()
        rows = queryset.order_by("-score", "pk").with_own_listing()
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
        context["switch"] = self._switch()
        context["tabs"] = self._tabs()
        if number := row_number(self.request.GET.get("listing", "")):
            rows = Listing.objects.visible_to(self.request.user)
            context["listing"] = rows.filter(pk=number).first()
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
            query.pop("view", None)
            query["listing"] = str(own_id)
            group["url"] = f"?{query.urlencode()}"
        return [group for group in self.groups.values() if group["cards"]]

    def _switch(self) -> str:
        """The address of the same matches in the other view."""
        query = self.request.GET.copy()
        query.pop("page", None)
        if query.pop("view", [""])[-1] != "groups":
            query.pop("ordering", None)
            query["view"] = "groups"
        return f"?{query.urlencode()}"

    def _tabs(self) -> list[dict[str, Any]]:
        chosen = self.request.GET.get("state", "")
        tabs = []
        for value, label in (*MatchFilterSet.STATES, ("", _("All"))):
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
