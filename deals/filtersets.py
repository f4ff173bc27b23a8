"""Filters of introductions and of portfolios, the same on the page and in the API."""

from datetime import timedelta
from typing import TYPE_CHECKING

import django_filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.text import row_number
from achievements.filtersets import CatalogueFilterSet
from achievements.querysets import ListingQuerySet
from deals.models import Introduction, PortfolioView
from deals.portfolio import COLUMNS
from deals.querysets import IntroductionQuerySet

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

DIRECTIONS = (("received", _("Received")), ("sent", _("Sent")))


class NumberFieldFilter(django_filters.Filter):
    """A whole number that can be a row's."""

    field_class = forms.IntegerField


class IntroductionFilterSet(django_filters.FilterSet):
    """Which side began, about which listing, with something unread. Rows: ``visible_to``."""

    direction = django_filters.ChoiceFilter(
        method="by_direction", label=_("Direction"), choices=DIRECTIONS
    )
    listing = NumberFieldFilter("listing", label=_("Listing"), min_value=1, max_value=2**63 - 1)
    unread = django_filters.BooleanFilter(method="by_unread", label=_("Unread"))

    class Meta:
        model = Introduction
        fields: list[str] = []

    @property
    def user(self) -> "AnyUser":
        """Who asks; nobody in particular when there is no request."""
        return self.request.user if self.request is not None else AnonymousUser()

    def by_direction(
        self, queryset: IntroductionQuerySet, name: str, value: str
    ) -> IntroductionQuerySet:
        """Begun by the user's side, or by the other one."""
        return queryset.sent_by(self.user) if value == "sent" else queryset.received_by(self.user)

    def by_unread(
        self, queryset: IntroductionQuerySet, name: str, value: bool
    ) -> IntroductionQuerySet:
        """With a message that the user was told of and has not read, or without."""
        if not self.user.is_authenticated:
            return queryset.none()
        return queryset.with_unread(self.user).filter(unread=value)


PORTFOLIO_ORDERS = [
    (f"{sign}{column.key}", format_lazy("{column} {arrow}", column=column.label, arrow=arrow))
    for column in COLUMNS.values()
    for sign, arrow in (("", "↑"), ("-", "↓"))
]


class PortfolioOrder(django_filters.ChoiceFilter):
    """By a column, ``-`` for downwards; what is empty comes last, the number breaks ties."""

    def filter(self, queryset: ListingQuerySet, value: str) -> ListingQuerySet:
        """Order by the chosen column, or leave the order as it is."""
        column = COLUMNS.get(value.lstrip("-")) if value else None
        if column is None:
            return queryset
        name = F(column.order)
        down = value.startswith("-")
        order = name.desc(nulls_last=True) if down else name.asc(nulls_last=True)
        return queryset.order_by(order, "-pk" if down else "pk")


class PortfolioFilterSet(CatalogueFilterSet):
    """Filters of a portfolio. Rows: :func:`deals.portfolio.portfolio_rows`."""

    tag = django_filters.CharFilter(method="by_tag", label=_("Own tag"), max_length=40)
    assignee = django_filters.CharFilter(
        method="by_assignee",
        label=_("Looked after by"),
        max_length=20,
        help_text=_("Number of a colleague, “me” or “nobody”."),
    )
    expires_within = NumberFieldFilter(
        method="by_expiry", label=_("Expires within days"), min_value=0, max_value=3650
    )
    quality_max = NumberFieldFilter(
        "quality__score", "lte", label=_("Quality up to"), min_value=0, max_value=100
    )
    ordering = PortfolioOrder(
        label=_("Order"), choices=PORTFOLIO_ORDERS, empty_label=_("Last changed first")
    )

    def by_tag(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """Carries this tag of the organisation's own."""
        return queryset.filter(office_note__tags__contains=[value])

    def by_assignee(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """Looked after by a colleague, by who asks, or by nobody."""
        if value == "nobody":
            return queryset.filter(Q(office_note=None) | Q(office_note__assignee=None))
        if value == "me":
            return queryset.filter(office_note__assignee=self.user.pk)
        return queryset.filter(office_note__assignee=row_number(value))

    def by_expiry(self, queryset: ListingQuerySet, name: str, value: int) -> ListingQuerySet:
        """Live, and not for longer than so many days."""
        until = timezone.now() + timedelta(days=value)
        return queryset.published().filter(expires_at__lte=until)


class PortfolioViewFilterSet(django_filters.FilterSet):
    """Saved views of portfolios; rows: ``visible_to``."""

    shared = django_filters.BooleanFilter(label=_("Shared with the organisation"))

    class Meta:
        model = PortfolioView
        fields: list[str] = []
