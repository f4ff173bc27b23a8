"""Search, saved searches and lists of matches for both doors."""

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from typing import Any

import django_filters
import numpy as np
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from accounts.models import User
from achievements.filtersets import ListingFilterSet, OrderFilter
from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.columns import Numbers, among
from matching.facet_table import read_members
from matching.models import (
    Decision,
    DuplicatePair,
    Match,
    Panel,
    Question,
    SavedSearch,
    ShortlistEntry,
)
from matching.query_syntax import Query, parse_query
from matching.querysets import MatchQuerySet, QuestionQuerySet
from matching.search import TextQuery, by_relevance, matching_listings, read_query
from matching.typed_filters import Typed, narrow, read_typed

MANY = 4000  # listings that are found by their words and met with the filters in the database

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

    def members(self, *, leaving_open: Collection[str] = ()) -> tuple[Numbers, Numbers]:
        """The numbers of what :meth:`found` finds, ascending, and when each was changed.

        Asked once for each set of filters left open. Where the words find many, those that fit the
        filters are read and the two met here, which is quicker than to meet in the database.
        """
        key = frozenset(leaving_open)
        if key not in self._members:
            self._members[key] = self._read_members(key)
        return self._members[key]

    @cached_property
    def _members(self) -> dict[frozenset[str], tuple[Numbers, Numbers]]:
        return {}

    def _read_members(self, leaving_open: Collection[str]) -> tuple[Numbers, Numbers]:
        if self.words is None:
            return read_members(self.found(leaving_open=leaving_open))
        ids = self.words.found.listings
        rows = self.found(leaving_open=leaving_open, query=replace(self.query, loose=False))
        if len(ids) <= MANY:
            return read_members(rows.filter(among(ids)))
        listings, stamps = read_members(rows)
        both = np.isin(listings, ids, assume_unique=True)
        return listings[both], stamps[both]

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

    rhythm = ChoicesFilter(label=_("Alerts"), choices=User.Rhythm.choices)

    class Meta:
        model = SavedSearch
        fields: list[str] = []


class MatchFilterSet(django_filters.FilterSet):
    """Filters of a list of matches; rows come from ``visible_to`` and are live."""

    STATES = (
        ("open", _("To answer")),
        ("waiting", _("They accepted")),
        ("accepted", _("We accepted")),
        ("agreed", _("Both accepted")),
        ("snoozed", _("Later")),
        ("dismissed", _("Dismissed by us")),
    )

    state = django_filters.ChoiceFilter(method="by_state", label=_("State"), choices=STATES)
    listing = django_filters.NumberFilter(
        method="by_listing", label=_("Listing"), min_value=1, max_value=2**62
    )
    kind = django_filters.ChoiceFilter(
        "kind",
        label=_("Kind of candidate"),
        choices=[c for c in Listing.Kind.choices if c[0] != Listing.Kind.DEMAND],
    )
    side = django_filters.ChoiceFilter(
        "my_side", label=_("Our side"), choices=Decision.Side.choices
    )
    score_min = django_filters.NumberFilter(
        method="by_score", label=_("Score from"), min_value=0, max_value=100
    )
    ordering = django_filters.OrderingFilter(
        label=_("Order"),
        fields=(("score", "score"), ("created_at", "found")),
        field_labels={"score": _("Score"), "created_at": _("Found")},
        choices=[
            ("-score", _("Best first")),
            ("score", _("Weakest first")),
            ("-found", _("Found last first")),
            ("found", _("Found first first")),
        ],
        empty_label=_("Best and newest first"),
    )

    class Meta:
        model = Match
        fields: list[str] = []

    def __init__(self, data: Any, queryset: MatchQuerySet, *, request: Any = None, **kwargs: Any):
        """Rows are annotated with the answers of the user's side."""
        queryset = queryset.with_answers(request.user) if request is not None else queryset
        super().__init__(data, queryset, request=request, **kwargs)

    def by_state(self, queryset: MatchQuerySet, name: str, value: str) -> MatchQuerySet:
        """By what the two sides have said."""
        later = Q(my_verdict="snoozed", my_snooze__gt=timezone.localdate())
        match value:
            case "open":
                return queryset.undecided()
            case "waiting":
                return queryset.undecided().filter(their_verdict="accepted")
            case "agreed":
                return queryset.filter(my_verdict="accepted", their_verdict="accepted")
            case "snoozed":
                return queryset.filter(later)
        return queryset.filter(my_verdict=value)

    def by_listing(self, queryset: MatchQuerySet, name: str, value: Any) -> MatchQuerySet:
        """Of one listing, on either side."""
        return queryset.filter(Q(demand=int(value)) | Q(candidate=int(value)))

    def by_score(self, queryset: MatchQuerySet, name: str, value: Any) -> MatchQuerySet:
        """With at least so many of a hundred points."""
        return queryset.filter(score__gte=value / 100)

    def filter_queryset(self, queryset: MatchQuerySet) -> MatchQuerySet:
        """All filters; as in an inbox unless an order is chosen. The number breaks ties."""
        queryset = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("ordering"):
            return queryset.in_inbox_order()
        return queryset.order_by(*queryset.query.order_by, "pk")


class ShortlistFilterSet(django_filters.FilterSet):
    """Filters of the shortlists of the user's organisations, for both doors."""

    kind = django_filters.ChoiceFilter(
        "listing__kind", label=_("Kind"), choices=Listing.Kind.choices
    )
    organisation = django_filters.CharFilter("organisation__slug", label=_("Organisation"))

    class Meta:
        model = ShortlistEntry
        fields: list[str] = []


class QuestionFilterSet(django_filters.FilterSet):
    """Filters of the questions about evidence, for both doors."""

    STATES = (("open", _("Open")), ("answered", _("Answered")))

    state = django_filters.ChoiceFilter(label=_("State"), choices=STATES, method="by_state")
    mine = django_filters.BooleanFilter("is_mine", label=_("For me to answer"))

    class Meta:
        model = Question
        fields = ["demand", "achievement"]

    def by_state(self, queryset: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        """Waiting for an answer, or answered."""
        return queryset.unanswered() if value == "open" else queryset.exclude(outcome="")


class DuplicateFilterSet(django_filters.FilterSet):
    """Filters of listings that are nearly the same, for both doors."""

    kind = django_filters.ChoiceFilter(
        "first__kind", label=_("Kind"), choices=Listing.Kind.choices[:2]
    )
    likeness_min = django_filters.NumberFilter(
        "likeness", lookup_expr="gte", label=_("Likeness at least")
    )

    class Meta:
        model = DuplicatePair
        fields: list[str] = []


class PanelFilterSet(django_filters.FilterSet):
    """Panels by state and demand."""

    state = ChoicesFilter(label=_("State"), choices=Panel.State.choices)
    demand = django_filters.NumberFilter(
        "demand", label=_("Demand"), min_value=1, max_value=2**63 - 1, decimal_places=0
    )

    class Meta:
        model = Panel
        fields: list[str] = []
