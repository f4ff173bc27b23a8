"""The search page."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from django.views.generic import ListView

from accounts.visitors import same_for_visitors
from achievements.cards import card_of
from achievements.models import Listing
from achievements.permissions import Reader
from matching.filtersets import ORDERS, SearchFilterSet
from matching.middleware import visitor_of
from matching.models import AnsweredQuery, UnansweredQuery
from matching.results.facets import facets_of
from matching.results.navigation import Navigation, address_of, tidy_address
from matching.results.pages import Results
from matching.results.relaxing import FEW, nearest, relaxed
from matching.results.snippets import snippets_for
from matching.results.spelling import did_you_mean
from matching.results.suggestions import suggestions_for
from matching.services.exposure import LISTS, SEARCHES, note_page
from matching.services.unanswered import ENOUGH, note_results, note_unanswered
from matching.vectors.similarity import same_statistics

PAGE_SIZE = 20


def _note_page(request: HttpRequest, *, shown: Sequence[int], words: str, found: bool) -> None:
    """Count that these were shown, and for what words; each time somebody sees the page."""
    note_page(request, shown, place=SEARCHES if words else LISTS)
    if words:
        note = note_results if found else note_unanswered
        note(words, visitor=visitor_of(request))


class SearchView(ListView):
    """Search over achievements, demands and experts, or over one kind; all state is in the URL."""

    template_name = "matching/search.html"
    paginate_by = PAGE_SIZE

    def get_queryset(self) -> Any:
        """What the address asks for, of what this user may see."""
        self.search = SearchFilterSet.over_all(self.request.GET, self.request)
        return Results(self.search) if self.search.is_valid() else Listing.objects.none()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page that is not there any more leads to the first: results go while people read."""
        try:
            with same_statistics():  # asked for once, not at every step
                response = super().get(request, *args, **kwargs)
        except Http404:
            return redirect(address_of(self.request))
        response["HX-Push-Url"] = tidy_address(self.request)
        return same_for_visitors(request, response, each_time=self.noting)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards, tabs, facets and the filters in force."""
        context = super().get_context_data(**kwargs)
        valid = self.search.is_valid()
        facets = facets_of(self.search) if valid else []
        reader = Reader(self.request.user)
        navigation = Navigation(self.request, self.search, facets)
        self.noting = partial(
            _note_page,
            shown=[row.pk for row in context["object_list"]],
            words=self.search.query.words if valid else "",
            found=context["paginator"].count > 0,
        )
        self.noting(self.request)
        context |= {
            "search": self.search,
            "query": self.request.GET.get("q", ""),
            "cards": self._cards(context["object_list"], reader) if valid else [],
            "kind": navigation.kinds[0] if len(navigation.kinds) == 1 else "",
            "tabs": navigation.tabs(),
            "facets": navigation.groups(),
            "chips": navigation.chips(),
            "meant": self._meant() if valid else None,
            **self._few(context["paginator"].count, reader),
            "hints": self.search.typed.hints if valid else (),
            "clear": address_of(
                self.request,
                {"q": self.search.query.words} if valid else None,
                keep=("q", "kind", "ordering"),
            ),
            "orders": ORDERS,
            "ordering": self._ordering(),
            "words_only": self._words_only(),
            "save_url": f"{reverse('matching:saved_search_create')}?{self._saved_query()}",
        }
        return context

    def _cards(self, rows: Sequence[Listing], reader: Reader) -> list[dict[str, Any]]:
        """Cards of the results; with a text its words are marked and the best sentence quoted."""
        snippets = snippets_for(rows, self.search.text_query)
        cards = [card_of(row, reader) for row in rows]
        for card in cards:
            snippet = snippets.get(card["listing"].pk)
            if snippet is not None:
                card |= {"title": snippet.title, "summary": snippet.text}
        return cards

    def _few(self, count: int, reader: Reader) -> dict[str, Any]:
        """With hardly a result: what leaving out a part finds; with none, what comes nearest."""
        if count >= FEW or not self.search.is_valid():
            return {}
        rows = [] if count else nearest(self.search).with_card_details()
        return {
            "relaxed": relaxed(self.search, count),
            "nearest": [card_of(row, reader) for row in rows],
        }

    def _meant(self) -> dict[str, str] | None:
        """The query with its typing errors mended, and its address."""
        found = did_you_mean(self.search)
        if found is None:
            return None
        return {"text": found, "url": address_of(self.request, {"q": found})}

    def _ordering(self) -> str:
        chosen = self.request.GET.get("ordering", "")
        return chosen or ("relevance" if self.request.GET.get("q", "").strip() else "newest")

    def _words_only(self) -> bool:
        """Whether a text was answered without its meaning, because no embedding could be had."""
        query = self.search.text_query if self.search.is_valid() else None
        return query is not None and query.vector is None

    def _saved_query(self) -> str:
        query = self.request.GET.copy()
        query.pop("page", None)
        return query.urlencode()


@require_GET
@cache_control(private=True, max_age=60)
def suggestions(request: HttpRequest) -> HttpResponse:
    """Options below the search field; the same for everybody."""
    found = suggestions_for(request.GET.get("q", ""))
    return render(request, "matching/_suggestions.html", {"suggestions": found})


class UnansweredView(LoginRequiredMixin, ListView):
    """For curators: what several visitors looked for in vain, or left without opening a result."""

    template_name = "matching/unanswered_list.html"
    paginate_by = 50
    queryset = UnansweredQuery.objects.all()
    most_abandoned = 50

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Curators only."""
        if request.user.is_authenticated and not request.user.curates:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides, what had results of which nobody opened one."""
        rows = AnsweredQuery.objects.abandoned(ENOUGH)[: self.most_abandoned]
        return super().get_context_data(abandoned=rows, **kwargs)
