"""Filters of each kind, and of all kinds together."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from achievements.filtersets.common import CommonFilterSet, path_to
from achievements.models import Achievement, Demand, Expert, IPRight, Listing
from achievements.querysets import ListingQuerySet
from achievements.validators import CURRENCIES

LEVELS = [("", _("Any")), *((level, f"TRL {level}") for level in range(1, 10))]


def _overlap(queryset: ListingQuerySet, kind: str, field: str, value: Any) -> ListingQuerySet:
    """Rows whose list ``field`` shares a value with ``value``; without values all rows."""
    if not value:
        return queryset
    return queryset.filter(**{f"{path_to(queryset, kind, field)}__overlap": list(value)})


class ReadinessFilters(django_filters.FilterSet):
    """Readiness: what an achievement claims, what a demand seeks at least."""

    trl_min = django_filters.TypedChoiceFilter(
        method="by_trl", label=_("Readiness from"), choices=LEVELS, coerce=int, empty_value=None
    )
    trl_max = django_filters.TypedChoiceFilter(
        method="by_trl", label=_("Readiness up to"), choices=LEVELS, coerce=int, empty_value=None
    )

    def by_trl(self, queryset: ListingQuerySet, name: str, value: int | None) -> ListingQuerySet:
        """Readiness stated, and not below (or above) the level."""
        if value is None:
            return queryset
        lookup = "gte" if name == "trl_min" else "lte"
        found = Q()
        for kind, field in (("achievement", "trl"), ("demand", "trl_min")):
            if queryset.model._meta.model_name in (kind, "listing"):
                found |= Q(**{f"{path_to(queryset, kind, field)}__{lookup}": value})
        return queryset.filter(found)


class AmountFilters(django_filters.FilterSet):
    """Price of an achievement or budget of a demand, in one currency; negotiable ones drop out."""

    amount_min = django_filters.NumberFilter(
        method="by_amount", label=_("Price or budget from"), min_value=0, max_digits=14
    )
    amount_max = django_filters.NumberFilter(
        method="by_amount", label=_("Price or budget up to"), min_value=0, max_digits=14
    )
    currency = django_filters.ChoiceFilter(
        method="by_currency",
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        empty_label=None,
    )

    def by_currency(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """The currency of the two amounts; by itself it leaves nothing out."""
        return queryset

    def by_amount(self, queryset: ListingQuerySet, name: str, value: Decimal) -> ListingQuerySet:
        """The stated range and the wanted range overlap; amounts are in ``currency``, else CNY."""
        currency = self.form.cleaned_data.get("currency") or "CNY"
        found = Q()
        for kind, low, high in (
            ("achievement", "price_min", "price_max"),
            ("demand", "budget_min", "budget_max"),
        ):
            if queryset.model._meta.model_name not in (kind, "listing"):
                continue
            ends = [path_to(queryset, kind, high), path_to(queryset, kind, low)]
            if name == "amount_max":
                ends.reverse()
            alias = f"{kind}_{name}"
            queryset = queryset.alias(**{alias: Coalesce(*ends)})
            lookup = "gte" if name == "amount_min" else "lte"
            found |= Q(
                **{f"{alias}__{lookup}": value, path_to(queryset, kind, "currency"): currency}
            )
        return queryset.filter(found)


class AchievementFilters(django_filters.FilterSet):
    """What only achievements have."""

    result_kind = ChoicesFilter(
        method="by_result_kind",
        label=_("Result or project"),
        choices=Achievement.ResultKind.choices,
    )
    transfer_mode = ChoicesFilter(
        method="by_transfer_mode",
        label=_("Mode of transfer"),
        choices=Achievement.TransferMode.choices,
    )
    ip_status = ChoicesFilter(method="by_ip", label=_("IP status"), choices=IPRight.Status.choices)
    ip_kind = ChoicesFilter(
        method="by_ip", label=_("Kind of IP right"), choices=IPRight.Kind.choices
    )

    def by_result_kind(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Finished results, ongoing projects."""
        if not value:
            return queryset
        return queryset.filter(
            **{f"{path_to(queryset, 'achievement', 'result_kind')}__in": list(value)}
        )

    def by_transfer_mode(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Offered in one of these modes."""
        return _overlap(queryset, "achievement", "transfer_modes", value)

    def by_ip(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Rests on a right with one of these values."""
        if not value:
            return queryset
        field = name.removeprefix("ip_")
        rights = IPRight.objects.filter(achievement=OuterRef("pk"), **{f"{field}__in": list(value)})
        return queryset.filter(Exists(rights))


class DemandFilters(django_filters.FilterSet):
    """What only demands have."""

    cooperation_mode = ChoicesFilter(
        method="by_cooperation_mode",
        label=_("Mode of cooperation"),
        choices=Demand.CooperationMode.choices,
    )
    deadline_after = django_filters.DateFilter(
        method="by_deadline", label=_("Answers wanted on or after")
    )
    deadline_before = django_filters.DateFilter(
        method="by_deadline", label=_("Answers wanted on or before")
    )

    def by_cooperation_mode(
        self, queryset: ListingQuerySet, name: str, value: Any
    ) -> ListingQuerySet:
        """Sought in one of these modes."""
        return _overlap(queryset, "demand", "cooperation_modes", value)

    def by_deadline(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Has a deadline on this side of the day."""
        lookup = "gte" if name == "deadline_after" else "lte"
        return queryset.filter(**{f"{path_to(queryset, 'demand', 'deadline')}__{lookup}": value})


class ExpertFilters(django_filters.FilterSet):
    """What only experts have."""

    service = ChoicesFilter(
        method="by_service", label=_("Service offered"), choices=Expert.Service.choices
    )
    language = django_filters.CharFilter(
        method="by_language", label=_("Language spoken"), max_length=3
    )
    availability = ChoicesFilter(
        method="by_availability", label=_("Availability"), choices=Expert.Availability.choices
    )

    def by_service(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Offers one of these services."""
        return _overlap(queryset, "expert", "services", value)

    def by_language(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """Speaks the language (ISO 639 code)."""
        return _overlap(queryset, "expert", "languages", [value.lower()] if value else [])

    def by_availability(self, queryset: ListingQuerySet, name: str, value: Any) -> ListingQuerySet:
        """Takes requests to this extent."""
        if not value:
            return queryset
        return queryset.filter(
            **{f"{path_to(queryset, 'expert', 'availability')}__in": list(value)}
        )


class AchievementFilterSet(ReadinessFilters, AmountFilters, AchievementFilters, CommonFilterSet):
    """Filters of a list of achievements."""

    class Meta:
        model = Achievement
        fields: list[str] = []


class DemandFilterSet(ReadinessFilters, AmountFilters, DemandFilters, CommonFilterSet):
    """Filters of a list of demands."""

    class Meta:
        model = Demand
        fields: list[str] = []


class ExpertFilterSet(ExpertFilters, CommonFilterSet):
    """Filters of a list of experts; by the curators' tags for curators only."""

    pool_tag = django_filters.CharFilter(
        method="by_pool_tag", label=_("Curators' tag"), max_length=50
    )

    def by_pool_tag(self, queryset: ListingQuerySet, name: str, value: str) -> ListingQuerySet:
        """With this tag; nobody for others than curators."""
        if not (self.user.is_authenticated and self.user.curates):
            return queryset.none()
        return queryset.filter(pool_tags__contains=[value])

    class Meta:
        model = Expert
        fields: list[str] = []


class ListingFilterSet(
    ReadinessFilters,
    AmountFilters,
    AchievementFilters,
    DemandFilters,
    ExpertFilters,
    CommonFilterSet,
):
    """Filters of a list of all kinds together; a filter of one kind leaves only that kind."""

    kind = ChoicesFilter("kind", label=_("Kind"), choices=Listing.Kind.choices, distinct=False)

    class Meta:
        model = Listing
        fields: list[str] = []


class CatalogueFilterSet(ListingFilterSet):
    """The same for those who look after listings: what waits for a reviewer."""

    waiting = django_filters.BooleanFilter(method="by_waiting", label=_("Waiting for a reviewer"))

    def by_waiting(self, queryset: ListingQuerySet, name: str, value: bool) -> ListingQuerySet:
        """Submitted, or changed after publication; of others' only what the user may review."""
        waiting = Listing.objects.awaiting_review()
        if not (self.user.is_authenticated and self.user.moderates):
            own = Listing.objects.owned_by(self.user).values("pk")
            curated = Q(kind=Listing.Kind.EXPERT) if self.curates else Q(pk__in=[])
            waiting = waiting.filter(Q(pk__in=own) | curated)
        keys = waiting.values("pk")
        return queryset.filter(pk__in=keys) if value else queryset.exclude(pk__in=keys)

    @property
    def curates(self) -> bool:
        """Whether who asks looks after the expert pool."""
        return self.user.is_authenticated and self.user.curates
