"""The search page."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET
from django.views.generic import ListView

from accounts.visitors import same_for_visitors
from achievements.cards import card_of
from achievements.models import Listing
from achievements.permissions import Reader
from matching.facets import Facet, facets_of
from matching.filtersets import ORDERS, SearchFilterSet
from matching.middleware import visitor_of
from matching.models import AnsweredQuery, UnansweredQuery
from matching.relaxing import FEW, nearest, relaxed
from matching.results import Results
from matching.services.exposure import LISTS, SEARCHES, note_page
from matching.services.unanswered import ENOUGH, note_results, note_unanswered
from matching.similarity import same_statistics
from matching.snippets import snippets_for
from matching.spelling import did_you_mean
from matching.suggestions import suggestions_for
from matching.understood import parts_of

PAGE_SIZE = 20

# Facets that only make sense for one kind are shown when that kind is chosen.
_ONLY_FOR = {
    "result_kind": "achievement",
    "transfer_mode": "achievement",
    "ip_status": "achievement",
    "cooperation_mode": "demand",
    "service": "expert",
}
_OPEN_FACETS = ("field", "transfer_mode", "cooperation_mode", "service", "region")
_NOT_FILTERS = ("q", "kind", "page", "ordering")


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
            return redirect(self._address())
        response["HX-Push-Url"] = self._tidy_address()
        return same_for_visitors(request, response, each_time=self.noting)

    def _tidy_address(self) -> str:
        """This address without the fields that a form sends empty."""
        query = self.request.GET.copy()
        for name in list(query):
            query.setlist(name, [value for value in query.getlist(name) if value.strip()])
            if not query.getlist(name):
                del query[name]
        if not query.get("amount_min") and not query.get("amount_max"):
            query.pop("currency", None)
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards, tabs, facets and the filters in force."""
        context = super().get_context_data(**kwargs)
        valid = self.search.is_valid()
        facets = facets_of(self.search) if valid else []
        reader = Reader(self.request.user)
        kinds = self.request.GET.getlist("kind")
        chips = self._chips(facets)
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
            "kind": kinds[0] if len(kinds) == 1 else "",
            "tabs": self._tabs(facets),
            "facets": [self._group(facet) for facet in facets if self._is_shown(facet, kinds)],
            "chips": chips,
            "meant": self._meant() if valid else None,
            **self._few(context["paginator"].count, reader),
            "hints": self.search.typed.hints if valid else (),
            "clear": self._address(
                {"q": self.search.query.words} if valid else None, keep=("q", "kind", "ordering")
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
        return {"text": found, "url": self._address({"q": found})}

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

    def _address(
        self, changes: Mapping[str, str | None] | None = None, *, keep: tuple[str, ...] = ()
    ) -> str:
        """The first page with other parameters: those to keep (or all), then changes."""
        query = self.request.GET.copy()
        query.pop("page", None)
        for name in list(query):
            if keep and name not in keep:
                del query[name]
        for name, value in (changes or {}).items():
            query.pop(name, None)
            if value:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    def _tabs(self, facets: list[Facet]) -> list[dict[str, Any]]:
        """All kinds and each kind, with the number of results it shows."""
        counts = {
            value.value: value.count or 0
            for facet in facets
            if facet.name == "kind"
            for value in facet.values
        }
        chosen = self.request.GET.getlist("kind")
        own: dict[str, str | None] = dict.fromkeys(_ONLY_FOR)
        tabs = [
            {
                "label": pgettext("kinds of listing", "All"),
                "url": self._address({"kind": None, **own}),
                "current": not chosen,
                "count": sum(counts.values()),
            }
        ]
        for kind, label in (
            ("achievement", _("Achievements")),
            ("demand", _("Demands")),
            ("expert", _("Experts")),
        ):
            foreign: dict[str, str | None] = {
                name: None for name, only in _ONLY_FOR.items() if only != kind
            }
            tabs.append(
                {
                    "label": label,
                    "url": self._address({"kind": kind, **foreign}),
                    "current": chosen == [kind],
                    "count": counts.get(kind, 0),
                }
            )
        return tabs

    def _is_shown(self, facet: Facet, kinds: list[str]) -> bool:
        if facet.name == "kind":
            return False
        only = _ONLY_FOR.get(facet.name)
        chosen = any(value.selected for value in facet.values)
        return only is None or kinds == [only] or chosen

    def _group(self, facet: Facet) -> dict[str, Any]:
        chosen = any(value.selected for value in facet.values)
        return {
            "name": facet.name,
            "label": facet.label,
            "choices": facet.values,
            "open": chosen or facet.name in _OPEN_FACETS,
        }

    def _chips(self, facets: list[Facet]) -> list[dict[str, Any]]:
        """Each filter in force with the address of the search without it."""
        labels = {
            (facet.name, value.value): value.label for facet in facets for value in facet.values
        }
        chips: list[dict[str, Any]] = [
            {"label": part.label, "value": part.value, "url": self._address({"q": part.without})}
            for part in (parts_of(self.search) if self.search.is_valid() else ())
        ]
        fields = self.search.form.fields
        for name in self.request.GET:
            if name in _NOT_FILTERS or name not in fields or name == "currency":
                continue
            for value in self.request.GET.getlist(name):
                if not value:
                    continue
                query = self.request.GET.copy()
                query.pop("page", None)
                query.setlist(name, [other for other in query.getlist(name) if other != value])
                text = labels.get((name, value)) or self._value_text(name, value)
                chips.append(
                    {
                        "label": fields[name].label,
                        "value": text,
                        "url": f"{self.request.path}?{query.urlencode()}",
                    }
                )
        return chips

    def _value_text(self, name: str, value: str) -> str:
        """A value as people read it; as it was written where it cannot be read."""
        cleaned = self.search.form.cleaned_data.get(name) if self.search.is_valid() else None
        if cleaned is None:
            return value
        if name in ("amount_min", "amount_max"):
            currency = self.search.form.cleaned_data.get("currency") or "CNY"
            return f"{currency} {number_format(cleaned, force_grouping=True, use_l10n=True)}"
        if hasattr(cleaned, "year"):
            return date_format(cleaned, "DATE_FORMAT")
        choices = getattr(self.search.form.fields[name], "choices", None)
        if choices is not None and not hasattr(choices, "queryset"):
            found = dict(choices).get(cleaned if not isinstance(cleaned, list) else value)
            return str(found) if found is not None else value
        if hasattr(cleaned, "__iter__") and not isinstance(cleaned, str):
            return ", ".join(str(row) for row in cleaned)
        return value


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
