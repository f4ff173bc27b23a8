"""Search for both doors: the catalogue's filters, a text, and orders that need it."""

from functools import cached_property

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from achievements.filtersets import ListingFilterSet, OrderFilter
from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.models import SavedSearch
from matching.search import TextQuery, by_relevance, matching_listings, read_query

ORDERS = (
    ("relevance", _("Most relevant first")),
    ("newest", _("Newest first")),
    ("closing", _("Closing soon")),
)


class SearchFilterSet(ListingFilterSet):
    """Search over all kinds; rows must be visible to the user and live.

    A filter narrows what the text found inside the same query. Without a text the newest come
    first, with one the most relevant, unless an order is chosen.
    """

    q = django_filters.CharFilter(
        method="by_text", label=_("What are you looking for?"), max_length=2000
    )
    ordering = OrderFilter(label=_("Order"), choices=ORDERS, empty_label=None)
    title = None
    state = None
    mine = None

    class Meta:
        model = Listing
        fields: list[str] = []

    @cached_property
    def text_query(self) -> TextQuery | None:
        """The text taken apart; None when there is none."""
        if not self.is_valid():
            return None
        text = " ".join((self.form.cleaned_data.get("q") or "").split())
        return read_query(text) if text else None

    def by_text(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """What the text finds, by words or by meaning."""
        query = self.text_query
        return matching_listings(queryset, query) if query is not None else queryset

    def found(self, *, leaving_open: str = "") -> ListingQuerySet:
        """What all filters leave, or all but one, in no particular order: for counting.

        Empty when a filter cannot be read.
        """
        if not self.is_valid():
            return self.queryset.none()
        rows = self.queryset.order_by()
        for name, value in self.form.cleaned_data.items():
            if name not in (leaving_open, "ordering"):
                rows = self.filters[name].filter(rows, value)
        return rows

    def filter_queryset(self, queryset: ListingQuerySet) -> ListingQuerySet:
        """All filters, then the order."""
        queryset = super().filter_queryset(queryset)
        query = self.text_query
        if query is not None:
            queryset = by_relevance(queryset, query)
            chosen = self.form.cleaned_data.get("ordering")
            return self.filters["ordering"].filter(queryset, chosen) if chosen else queryset
        if self.form.cleaned_data.get("ordering") in ("", None, "relevance"):
            return queryset.order_by("-published_at", "-pk")
        return queryset


class SavedSearchFilterSet(django_filters.FilterSet):
    """The user's saved searches by rhythm."""

    rhythm = django_filters.MultipleChoiceFilter(label=_("Alerts"), choices=User.Rhythm.choices)

    class Meta:
        model = SavedSearch
        fields: list[str] = []
