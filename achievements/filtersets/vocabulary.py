"""Filters of vocabularies and their terms."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from achievements.models import Scheme, Term
from achievements.querysets import TermQuerySet


class SchemeFilterSet(django_filters.FilterSet):
    """Filters of a list of vocabularies."""

    class Meta:
        model = Scheme
        fields = ["code", "version", "current"]


class TermFilterSet(django_filters.FilterSet):
    """Filters of a list of terms."""

    scheme = django_filters.CharFilter("scheme__code", label=_("Vocabulary"))
    parent = django_filters.CharFilter("parent__code", label=_("Part of"))
    top = django_filters.BooleanFilter("parent", "isnull", label=_("First level only"))
    label = django_filters.CharFilter(method="by_label", label=_("Label contains"))

    class Meta:
        model = Term
        fields = ["code", "retired"]

    def by_label(self, queryset: TermQuerySet, name: str, value: str) -> TermQuerySet:
        """The words stand in a label, in either language, or are a synonym."""
        return queryset.filter(
            Q(label_en__icontains=value)
            | Q(label_zh__icontains=value)
            | Q(synonyms__contains=[value])
            | Q(own_synonyms__contains=[value])
        )
