"""Lists beside the search: saved searches, matches, shortlists, questions, duplicates, panels."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from accounts.models import User
from achievements.models import Listing
from matching.models import (
    Decision,
    DuplicatePair,
    Match,
    Panel,
    Question,
    SavedSearch,
    ShortlistEntry,
)
from matching.querysets import MatchQuerySet, QuestionQuerySet


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
        """All filters; as in an inbox unless an order is chosen. The number breaks ties.

        Administrators have no side that is asked, and read the matches of all: best first.
        """
        queryset = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("ordering"):
            if self.request is not None and self.request.user.is_administrator:
                return queryset.order_by("-score", "pk")
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
