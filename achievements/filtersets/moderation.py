"""Filters of reports and appeals, the same on the page and in the API."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from achievements.models import Appeal, Listing, OwnerAsk, Report
from achievements.querysets.stale import NOBODY, any_stale

PARTS = (("open", _("To be decided")), ("decided", _("Decided")), ("all", _("All")))


class _Decided(django_filters.FilterSet):
    """Open ones unless others are asked for."""

    show = django_filters.ChoiceFilter(
        method="by_part", label=_("Show"), choices=PARTS, empty_label=None
    )

    def by_part(self, queryset: Any, name: str, value: str) -> Any:
        """Open, decided or all; the latest decision first, else the first due."""
        if value == "decided":
            return queryset.filter(decided_at__isnull=False).order_by("-decided_at", "-pk")
        return queryset if value == "all" else queryset.open()


class ReportFilterSet(_Decided):
    """Reports by whether they are decided, reason and kind of listing."""

    reason = ChoicesFilter(label=_("Reason"), choices=Report.Reason.choices)
    kind = ChoicesFilter("listing__kind", label=_("Kind"), choices=Listing.Kind.choices)

    class Meta:
        model = Report
        fields: list[str] = []


class AppealFilterSet(_Decided):
    """Appeals by whether they are decided, and kind of listing."""

    kind = ChoicesFilter("review__listing__kind", label=_("Kind"), choices=Listing.Kind.choices)

    class Meta:
        model = Appeal
        fields: list[str] = []


class StaleFilterSet(django_filters.FilterSet):
    """Stale listings by what is stale."""

    part = django_filters.ChoiceFilter(
        method="by_part",
        label=_("What is stale"),
        choices=[*OwnerAsk.Reason.choices, (NOBODY, _("Nobody can be asked"))],
    )

    class Meta:
        model = Listing
        fields: list[str] = []

    def by_part(self, queryset: Any, name: str, value: str) -> Any:
        """Old price, old figures, lost contact, no reply; or nobody to be asked."""
        return queryset.filter(any_stale(value))
