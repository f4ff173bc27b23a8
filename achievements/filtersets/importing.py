"""Filters of imports."""

import django_filters

from accounts.filtersets import ChoicesFilter
from achievements.models import ImportRun, Listing


class ImportFilterSet(django_filters.FilterSet):
    """Imports by kind of listing, organisation and state."""

    kind = ChoicesFilter(choices=Listing.Kind)
    state = ChoicesFilter(choices=ImportRun.State)
    organisation = django_filters.CharFilter(field_name="organisation__slug")

    class Meta:
        model = ImportRun
        fields: list[str] = []
