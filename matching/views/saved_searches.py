"""The pages of saved searches."""

from typing import Any, cast

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.generic import FormView, ListView

from accounts.models import User
from accounts.views.base import ServiceFormMixin, VerbView
from achievements.cards import card_of
from achievements.models import Listing
from achievements.permissions import Reader
from matching.filtersets import SavedSearchFilterSet, SearchFilterSet
from matching.forms import SavedSearchForm
from matching.models import SavedSearch
from matching.services.saved_searches import (
    create_saved_search,
    delete_saved_search,
    next_digest,
    search_address,
    update_saved_search,
)

_KINDS: dict[str, Any] = {
    Listing.Kind.ACHIEVEMENT: gettext_lazy("All achievements"),
    Listing.Kind.DEMAND: gettext_lazy("All demands"),
    Listing.Kind.EXPERT: gettext_lazy("All experts"),
}


def proposed_name(query: str) -> str:
    """A name for a search: its text, else the kind it looks for, else how many filters it has."""
    given = QueryDict(query)
    text = given.get("q", "").strip()
    if text:
        return text[:100]
    chosen = {name for name in given if name in SearchFilterSet.base_filters and given.get(name)}
    if not chosen - {"kind"}:
        return str(_KINDS.get(given.get("kind", ""), _("All listings")))
    count = len(chosen)
    return ngettext("Search with %(count)s filter", "Search with %(count)s filters", count) % {
        "count": count
    }


class SavedSearchListView(LoginRequiredMixin, ListView):
    """The user's saved searches."""

    template_name = "matching/saved_search_list.html"
    paginate_by = 50

    def get_queryset(self) -> QuerySet[SavedSearch]:
        """The own ones."""
        rows = SavedSearch.objects.of(self.request.user)
        self.filterset = SavedSearchFilterSet(self.request.GET, rows, request=self.request)
        return self.filterset.qs.with_hit_count()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Each search with the address that runs it."""
        context = super().get_context_data(**kwargs)
        context["rows"] = [
            {"saved": saved, "url": search_address(saved)} for saved in context["object_list"]
        ]
        return context


class SavedSearchEditView(ServiceFormMixin, FormView):
    """Save the search one comes from, or change a saved one."""

    template_name = "matching/saved_search_form.html"
    form_class = SavedSearchForm
    success_url = reverse_lazy("matching:saved_search_list")
    success_message = gettext_lazy("The search is saved.")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """What is not one's own is not there."""
        self.saved: SavedSearch | None = None
        if "pk" in kwargs and request.user.is_authenticated:
            rows = SavedSearch.objects.of(request.user)
            self.saved = get_object_or_404(rows, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """The search of the address, with a name to start from."""
        if self.saved is not None:
            return {}
        query = self.request.GET.urlencode()
        return {"query": query, "name": proposed_name(query), "rhythm": User.Rhythm.DAILY}

    def get_form_kwargs(self) -> dict[str, Any]:
        """The row that is changed; a copy, so that a refused name is not shown as if it were."""
        return super().get_form_kwargs() | {"instance": self.saved}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The search in question."""
        form = kwargs.get("form") or self.get_form()
        query = form["query"].value() or ""
        address = reverse("matching:search")
        return super().get_context_data(
            form=form, saved=self.saved, back=f"{address}?{query}" if query else address
        )

    def call_service(self, form: Any) -> SavedSearch:
        """Create or change."""
        by = cast("User", self.request.user)
        if self.saved is None:
            return create_saved_search(by=by, **form.cleaned_data)
        return update_saved_search(self.saved, by=by, **form.cleaned_data)


class SavedSearchRunView(LoginRequiredMixin, View):
    """Leads to the search page with a saved search, the newest first."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Redirect."""
        saved = get_object_or_404(SavedSearch.objects.of(request.user), pk=pk)
        return redirect(search_address(saved, ordering="newest"))


class SavedSearchPreviewView(LoginRequiredMixin, ListView):
    """What the next digest of a saved search would tell of, and when; telling nothing."""

    template_name = "matching/saved_search_preview.html"
    paginate_by = 20

    def get_queryset(self) -> Any:
        """Those found and not reported yet."""
        rows = SavedSearch.objects.of(self.request.user).select_related("user")
        self.saved = get_object_or_404(rows, pk=self.kwargs["pk"])
        self.due_at, found = next_digest(self.saved)
        return found.with_card_details()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards, and when they go out."""
        context = super().get_context_data(saved=self.saved, due_at=self.due_at, **kwargs)
        reader = Reader(self.request.user)
        context["cards"] = [card_of(row, reader) for row in context["object_list"]]
        context["search_url"] = search_address(self.saved, ordering="newest")
        context["overdue"] = self.due_at is not None and self.due_at <= timezone.now()
        return context


class SavedSearchDeleteView(VerbView):
    """Delete a saved search."""

    def act(self, request: HttpRequest, **kwargs: Any) -> tuple[str, str]:
        """Delete, say so."""
        saved = get_object_or_404(SavedSearch.objects.of(request.user), pk=kwargs["pk"])
        delete_saved_search(saved, by=cast("User", request.user))
        return _("The saved search is deleted."), self.back(request)

    def back(self, request: HttpRequest, **kwargs: Any) -> str:
        """The list."""
        return reverse("matching:saved_search_list")
