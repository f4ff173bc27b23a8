"""One definition of filters and orders for pages and API."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.audit_wording import AREAS
from accounts.models import AuditEvent, Member, Notification, Organisation, Region
from accounts.querysets import (
    NotificationQuerySet,
    OrganisationQuerySet,
    RegionQuerySet,
)

ORGANISATION_ORDERS = (
    ("name", _("Name")),
    ("newest", _("Newest first")),
)


class ChoicesField(django_filters.fields.MultipleChoiceField):
    """Several choices; an empty one is none, as a select sends it that stands on “all”."""

    def to_python(self, value: Any) -> list[str]:
        """What was chosen."""
        return [one for one in super().to_python(value) if one]


class ChoicesFilter(django_filters.MultipleChoiceFilter):
    """Rows with any of the values chosen; all of them where none is."""

    field_class = ChoicesField


class OrganisationFilterSet(django_filters.FilterSet):
    """Organisations by name, kind, region and verification."""

    q = django_filters.CharFilter(method="by_name", label=_("Name contains"))
    kind = ChoicesFilter(choices=Organisation.Kind, label=_("Kind"))
    region = django_filters.ModelChoiceFilter(
        method="by_region",
        queryset=Region.objects.all(),
        to_field_name="code",
        label=_("Region"),
    )
    verified = django_filters.BooleanFilter(
        method="by_verification", label=pgettext_lazy("organisation", "Verified")
    )
    ordering = django_filters.ChoiceFilter(
        method="ordered", choices=ORGANISATION_ORDERS, label=_("Order"), empty_label=None
    )

    class Meta:
        model = Organisation
        fields: list[str] = []

    def by_name(
        self, queryset: OrganisationQuerySet, name: str, value: str
    ) -> OrganisationQuerySet:
        """The words stand in the name, in either language, in any case."""
        return queryset.filter(Q(name_en__icontains=value) | Q(name_zh__icontains=value))

    def by_region(
        self, queryset: OrganisationQuerySet, name: str, value: Region
    ) -> OrganisationQuerySet:
        """In the region; a country includes its parts."""
        return queryset.filter(Q(region=value) | Q(region__parent=value))

    def by_verification(
        self, queryset: OrganisationQuerySet, name: str, value: bool
    ) -> OrganisationQuerySet:
        """Verified ones, or those that wait."""
        return queryset.filter(verified_at__isnull=not value)

    def ordered(
        self, queryset: OrganisationQuerySet, name: str, value: str
    ) -> OrganisationQuerySet:
        """By name in the reader's language, or newest first."""
        if value == "newest":
            return queryset.order_by("-created_at", "-pk")
        return queryset.by_name()


class MemberFilterSet(django_filters.FilterSet):
    """Members by organisation and role."""

    organisation = django_filters.CharFilter("organisation__slug", label=_("Organisation"))
    role = ChoicesFilter(choices=Member.Role, label=_("Role"))

    class Meta:
        model = Member
        fields: list[str] = []


class NotificationFilterSet(django_filters.FilterSet):
    """Notifications by kind and by whether they have been read."""

    unread = django_filters.BooleanFilter(method="by_reading", label=_("Only unread"))
    kind = django_filters.CharFilter("kind", label=_("Kind"))

    class Meta:
        model = Notification
        fields: list[str] = []

    def by_reading(
        self, queryset: NotificationQuerySet, name: str, value: bool
    ) -> NotificationQuerySet:
        """Unread ones, or read ones."""
        return queryset.filter(read_at__isnull=value)


class RegionFilterSet(django_filters.FilterSet):
    """Regions by name and by the country they lie in."""

    q = django_filters.CharFilter(method="by_name", label=_("Name contains"))
    parent = django_filters.CharFilter("parent__code", label=_("Part of"))
    countries = django_filters.BooleanFilter(
        "parent", lookup_expr="isnull", label=_("Only countries")
    )

    class Meta:
        model = Region
        fields: list[str] = []

    def by_name(self, queryset: RegionQuerySet, name: str, value: str) -> RegionQuerySet:
        """The words stand in the name, in either language, in any case."""
        return queryset.filter(Q(name_en__icontains=value) | Q(name_zh__icontains=value))


class AuditEventFilterSet(django_filters.FilterSet):
    """Audit events by what was done, to what, for which organisation and when."""

    verb = django_filters.CharFilter(
        "verb",
        "istartswith",
        label=_("What"),
        widget=forms.Select(
            choices=[("", _("Everything")), *((f"{word}.", label) for word, label in AREAS.items())]
        ),
    )
    object_type = django_filters.CharFilter("object_type", label=_("Kind of object"))
    object_id = django_filters.NumberFilter("object_id", label=_("Number of the object"))
    organisation = django_filters.CharFilter("organisation__slug", label=_("Organisation"))
    after = django_filters.DateFilter(
        "at", "date__gte", label=_("On or after"), widget=forms.DateInput(attrs={"type": "date"})
    )
    before = django_filters.DateFilter(
        "at", "date__lte", label=_("On or before"), widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = AuditEvent
        fields: list[str] = []
