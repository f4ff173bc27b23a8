"""Filters that every kind of listing has."""

from typing import TYPE_CHECKING, Any

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.db.models import DateTimeField, F, Q
from django.db.models.functions import Cast, Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from accounts.models import Organisation, Region
from achievements.filtersets.inputs import KeysFilter, TermsFilter
from achievements.models import Listing, Term
from achievements.querysets import ListingQuerySet

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

ORDERS = (
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("changed", _("Last changed first")),
    ("closing", _("Closing soon")),
)


def path_to(queryset: ListingQuerySet, kind: str, field: str) -> str:
    """How to name ``field`` of one kind: through the kind's table where all kinds are listed."""
    return field if queryset.model._meta.model_name == kind else f"{kind}__{field}"


def known_organisations(request: HttpRequest | None) -> Any:
    """Organisations that the asking user may name in a filter."""
    user = request.user if request is not None else AnonymousUser()
    return Organisation.objects.visible_to(user)


class OrderFilter(django_filters.ChoiceFilter):
    """The order of a list, by name; the number of the row breaks ties, so that pages never mix."""

    def filter(self, queryset: ListingQuerySet, value: str) -> ListingQuerySet:
        """Order by the chosen name, or leave the order as it is."""
        match value:
            case "newest":
                return queryset.order_by(F("published_at").desc(nulls_last=True), "-pk")
            case "oldest":
                return queryset.order_by(F("published_at").asc(nulls_last=True), "pk")
            case "changed":
                return queryset.order_by("-updated_at", "-pk")
            case "closing":
                return queryset.order_by(closing_time(queryset).asc(nulls_last=True), "pk")
        return queryset


def closing_time(queryset: ListingQuerySet) -> Any:
    """When a listing closes: a demand's deadline, else the day it expires."""
    if queryset.model._meta.model_name in ("listing", "demand"):
        deadline = F(path_to(queryset, "demand", "deadline"))
        return Coalesce(Cast(deadline, DateTimeField()), F("expires_at"))
    return Coalesce(F("expires_at"), F("expires_at"))


class CommonFilterSet(django_filters.FilterSet):
    """What can be asked of every kind. Filters narrow the rows given; they never widen them.

    Rows come from ``visible_to``. What names an organisation asks ``organisation_known_to``
    first, so that an anonymous demand is found by its organisation's members alone.
    """

    title = django_filters.CharFilter(
        method="by_title", label=_("Title contains"), field_name="title_en"
    )
    field = TermsFilter(method="by_field", label=_("Field"), queryset=Term.objects.fields())
    region = KeysFilter(
        method="by_region",
        label=_("Region"),
        queryset=Region.objects.all(),
        to_field_name="code",
    )
    organisation = KeysFilter(
        method="by_organisation",
        label=_("Organisation"),
        queryset=known_organisations,
        to_field_name="slug",
    )
    organisation_kind = ChoicesFilter(
        method="by_organisation_kind",
        label=_("Kind of organisation"),
        choices=Organisation.Kind.choices,
    )
    published_after = django_filters.DateFilter(
        "published_at", "date__gte", label=_("Published on or after")
    )
    published_before = django_filters.DateFilter(
        "published_at", "date__lte", label=_("Published on or before")
    )
    state = ChoicesFilter("state", label=_("State"), choices=Listing.State.choices, distinct=False)
    mine = django_filters.BooleanFilter(method="by_owner", label=_("Only our own"))
    ordering = OrderFilter(label=_("Order"), choices=ORDERS, empty_label=None)

    @property
    def user(self) -> "AnyUser":
        """Who asks; nobody in particular when there is no request."""
        return self.request.user if self.request is not None else AnonymousUser()

    def by_title(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """The words stand in the title, in either language, in any case."""
        return queryset.filter(Q(title_en__icontains=value) | Q(title_zh__icontains=value))

    def by_field(self, queryset: ListingQuerySet, name: str, value: list[Term]) -> ListingQuerySet:
        """Classified with one of the terms or below."""
        return queryset.in_fields(value) if value else queryset

    def by_region(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """In one of the regions; a country includes its parts."""
        keys = [region.pk for region in value]
        if not keys:
            return queryset
        return queryset.filter(Q(region__in=keys) | Q(region__parent__in=keys))

    def by_organisation(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Posted by one of the organisations, as far as this user may know."""
        keys = [organisation.pk for organisation in value]
        if not keys:
            return queryset
        return queryset.organisation_known_to(self.user).filter(organisation__in=keys)

    def by_organisation_kind(
        self, queryset: ListingQuerySet, name: str, value: list[str]
    ) -> ListingQuerySet:
        """Posted by an organisation of one of these kinds, as far as this user may know."""
        if not value:
            return queryset
        known = queryset.organisation_known_to(self.user)
        return known.filter(organisation__kind__in=value)

    def by_owner(self, queryset: ListingQuerySet, name: str, value: bool) -> ListingQuerySet:
        """The user's organisations' own, or (false) those of others."""
        own = Listing.objects.owned_by(self.user).values("pk")
        return queryset.filter(pk__in=own) if value else queryset.exclude(pk__in=own)
