"""Vocabularies and terms, to read."""

from rest_framework.viewsets import ReadOnlyModelViewSet

from achievements.filtersets import SchemeFilterSet, TermFilterSet
from achievements.models import Scheme, Term
from achievements.serializers import SchemeSerializer, TermSerializer


class VocabularyViewSet(ReadOnlyModelViewSet):
    """Classifications, each version by itself."""

    queryset = Scheme.objects.order_by("code", "version")
    serializer_class = SchemeSerializer
    filterset_class = SchemeFilterSet


class TermViewSet(ReadOnlyModelViewSet):
    """Classes of the classifications, and measurable quantities."""

    queryset = Term.objects.select_related("scheme", "parent").order_by("scheme", "code")
    serializer_class = TermSerializer
    filterset_class = TermFilterSet
