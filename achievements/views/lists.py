"""Lists: the own listings, the moderation queue; browsing leads to the search."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.generic import ListView

from achievements.cards import card_of
from achievements.filtersets import (
    AchievementFilterSet,
    CatalogueFilterSet,
    DemandFilterSet,
    ExpertFilterSet,
)
from achievements.forms import RejectForm
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.permissions import Reader
from achievements.presentation import part_names
from achievements.services import unseen_changes
from achievements.views.detail import offered_verbs
from achievements.views.moderation_tabs import moderation_tabs

PAGE_SIZE = 20


class FilteredListView(ListView):
    """A list that one FilterSet narrows; the API uses the same FilterSet on the same rows."""

    model: Any = Listing
    filterset_class: Any = CatalogueFilterSet
    paginate_by = PAGE_SIZE
    default_order = ("-published_at", "-pk")

    def get_rows(self) -> Any:
        """The rows this user may see."""
        return self.model._default_manager.visible_to(self.request.user)

    def get_queryset(self) -> Any:
        """The rows that the address asks for."""
        rows = self.get_rows().order_by(*self.default_order)
        self.filterset = self.filterset_class(
            self.request.GET or None, queryset=rows, request=self.request
        )
        return self.filterset.qs.with_card_details()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards of the page's rows."""
        context = super().get_context_data(filterset=self.filterset, **kwargs)
        reader = Reader(self.request.user)
        context["cards"] = [card_of(row, reader) for row in context["object_list"]]
        return context


class ListingListView(LoginRequiredMixin, FilteredListView):
    """The listings of the user's organisations in every state, and the own expert profile."""

    model = Listing
    template_name = "achievements/listing_list.html"
    default_order = ("-updated_at", "-pk")

    def get_rows(self) -> Any:
        """The own ones."""
        return Listing.objects.visible_to(self.request.user).owned_by(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Cards with the buttons that each state allows, and how many are in each state."""
        context = super().get_context_data(**kwargs)
        reader = Reader(self.request.user)
        for card in context["cards"]:
            card["may_edit"] = reader.may_edit(card["listing"])
            card["verbs"] = offered_verbs(card["listing"]) if card["may_edit"] else []
        return context


class ModerationQueueView(LoginRequiredMixin, FilteredListView):
    """Achievements and demands that wait for a moderator, the longest waiting first: submitted,
    or changed after publication."""

    model = Listing
    template_name = "achievements/moderation_queue.html"
    default_order = ("waiting_since", "pk")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only moderators come in."""
        if request.user.is_authenticated and not request.user.moderates:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self) -> Any:
        """What waits, but experts: curators admit those."""
        rows = Listing.objects.visible_to(self.request.user).awaiting_review()
        return rows.exclude(kind=Listing.Kind.EXPERT)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which of them are the moderator's own organisation's, for others to decide."""
        tabs = moderation_tabs(self.request.user, "queue")
        context = super().get_context_data(form=RejectForm(), tabs=tabs, **kwargs)
        reader = Reader(self.request.user)
        superuser = self.request.user.is_superuser
        changes = unseen_changes([card["listing"] for card in context["cards"]])
        for card in context["cards"]:
            listing = card["listing"]
            card["changed"] = part_names(listing.kind, changes.get(listing.pk, []))
            card["own"] = reader.owns(card["listing"]) and not superuser
        return context


class BrowseView(FilteredListView):
    """Everything of one kind: leads to the search where there is one, else lists plainly."""

    template_name = "achievements/browse.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Redirect with all filters of the address."""
        try:
            address = reverse("matching:search")
        except NoReverseMatch:
            return super().get(request, *args, **kwargs)
        query = request.GET.copy()
        query["kind"] = str(self.model._meta.model_name)
        return redirect(f"{address}?{query.urlencode()}")

    def get_rows(self) -> Any:
        """What is published."""
        return super().get_rows().published()


class AchievementListView(BrowseView):
    """All achievements."""

    model = Achievement
    filterset_class = AchievementFilterSet


class DemandListView(BrowseView):
    """All demands."""

    model = Demand
    filterset_class = DemandFilterSet


class ExpertListView(BrowseView):
    """All experts."""

    model = Expert
    filterset_class = ExpertFilterSet
