"""The search over all kinds, for both doors."""

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Self

import django_filters
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.filtersets import ListingFilterSet, OrderFilter
from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.facets.chosen import KEPT, values_of
from matching.facets.listing_set import NOTHING, ListingSet
from matching.facets.public_table import everyone_sees
from matching.facets.table import having, read_members
from matching.search.query_syntax import Query, parse_query
from matching.search.text_query import TextQuery, matching_listings, read_query
from matching.search.typed_filters import Typed, narrow, read_typed
from matching.sql.columns import among, read_ids

MANY = 4000  # listings; so many are named to the database when it is asked which of them fit

ORDERS = (
    ("relevance", _("Most relevant first")),
    ("newest", _("Newest first")),
    ("closing", _("Closing soon")),
)


class SearchFilterSet(ListingFilterSet):
    """Search over all kinds; rows must be visible to the user and live.

    A filter narrows what the text found inside the same query. The newest come first unless an
    order is chosen; :class:`matching.results.pages.Results` puts the most relevant of a text
    first.
    """

    q = django_filters.CharFilter(
        method="by_text", label=_("What are you looking for?"), max_length=2000
    )
    ordering = OrderFilter(label=_("Order"), choices=ORDERS, empty_label=None)
    title = None
    state: Any = None
    mine = None

    class Meta:
        model = Listing
        fields: list[str] = []

    @cached_property
    def query(self) -> Query:
        """What was typed, taken apart: words, phrases, exclusions, filters with a prefix."""
        return parse_query(self.form.cleaned_data.get("q") or "" if self.is_valid() else "")

    @cached_property
    def typed(self) -> Typed:
        """The filters that were typed with a prefix, and hints about what was not understood."""
        return read_typed(self.query, self)

    @cached_property
    def text_query(self) -> TextQuery | None:
        """The words taken apart; None when there are none."""
        return read_query(self.query.words) if self.query.words else None

    def by_text(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """What the words find, by themselves or by meaning, within what else was typed."""
        return self._by_query(queryset, self.query, self.typed) if value else queryset

    def _by_query(self, rows: ListingQuerySet, query: Query, typed: Typed) -> ListingQuerySet:
        """Phrases alone find what contains them, and nothing that is only near."""
        rows = narrow(rows, query, typed, self.filters)
        words = self.text_query if query.loose else None
        return matching_listings(rows, words) if words is not None else rows

    @cached_property
    def words(self) -> TextQuery | None:
        """The words that results are found by; None when there are none, or only phrases."""
        return self.text_query if self.query.loose else None

    @classmethod
    def over_all(cls, data: Any, request: HttpRequest) -> Self:
        """A search over all that is live and that who asks may see.

        Its members are made of what the process keeps, as far as that goes.
        """
        search = cls(data, Listing.objects.visible_to(request.user).published(), request=request)
        search._over_all = True
        return search

    _over_all = False

    def members(self, *, leaving_open: Collection[str] = ()) -> ListingSet:
        """What :meth:`found` finds, as a set; asked once for each set of filters left open."""
        key = frozenset(leaving_open)
        if key not in self._members:
            self._members[key] = self._read_members(key)
        return self._members[key]

    @cached_property
    def _members(self) -> dict[frozenset[str], ListingSet]:
        return {}

    def _read_members(self, leaving_open: Collection[str]) -> ListingSet:
        if not self.is_valid():
            return NOTHING
        if not self._over_all:
            return read_members(self.found(leaving_open=leaving_open))
        listings = self._seen
        if self.words is not None:
            listings &= self.words.found.listings
        return self._fitting(listings, leaving_open)

    @cached_property
    def _seen(self) -> ListingSet:
        """What who asks may see; for who is signed in, one statement for what others may not."""
        listings = everyone_sees()
        if not self.user.is_authenticated:
            return listings
        closed = [value for value in Listing.Visibility.values if value != "public"]
        return listings | read_members(self.queryset.filter(visibility__in=closed))

    def _fitting(self, listings: ListingSet, leaving_open: Collection[str]) -> ListingSet:
        """Those of the listings that fit the filters: the facets' here, others in the database."""
        chosen = {
            name: value
            for name, value in self.form.cleaned_data.items()
            if name in self._given and name not in leaving_open and (value or value == 0)
        }
        wanted = [
            partial(values_of, name, chosen.pop(name), self.user) for name in KEPT & chosen.keys()
        ]
        if wanted:
            listings = having(listings, wanted)
        if "q" in chosen and self.query.is_bare:
            del chosen["q"]
        if chosen:
            query = replace(self.query, loose=False)
            rows = self.found(leaving_open=KEPT.union(leaving_open), query=query)
            few = len(listings) <= MANY
            rows = rows.filter(among(listings.numbers())) if few else rows
            listings &= ListingSet.of(read_ids(rows))
        return listings

    @cached_property
    def _given(self) -> frozenset[str]:
        """The filters that the address names; an empty choice of rows costs a statement to see."""
        return frozenset(self.data or ()) - {"ordering", "currency"}

    def found(
        self,
        *,
        leaving_open: Collection[str] = (),
        query: Query | None = None,
        typed: Typed | None = None,
    ) -> ListingQuerySet:
        """What all filters leave, or all but some, in no particular order: for counting.

        ``query`` and ``typed`` stand in for what was typed; the words must be the same. Empty when
        a filter cannot be read.
        """
        if not self.is_valid():
            return self.queryset.none()
        rows = self.queryset.order_by()
        for name, value in self.form.cleaned_data.items():
            if name in leaving_open or name == "ordering":
                continue
            if name == "q" and value:
                rows = self._by_query(rows, query or self.query, typed or self.typed)
            else:
                rows = self.filters[name].filter(rows, value)
        return rows

    def filter_queryset(self, queryset: ListingQuerySet) -> ListingQuerySet:
        """All filters, then the order; :class:`matching.results.pages.Results` ranks."""
        return self.ordered(super().filter_queryset(queryset))

    def ordered(self, rows: ListingQuerySet) -> ListingQuerySet:
        """Rows in the order chosen, the newest first where none is."""
        chosen = self.form.cleaned_data.get("ordering")
        if chosen in ("", None, "relevance"):
            return rows.order_by("-published_at", "-pk")
        return self.filters["ordering"].filter(rows, chosen)
