"""One definition of filters and orders for pages and API."""

from achievements.filtersets.common import CommonFilterSet, OrderFilter
from achievements.filtersets.kinds import (
    AchievementFilterSet,
    CatalogueFilterSet,
    DemandFilterSet,
    ExpertFilterSet,
    ListingFilterSet,
)
from achievements.filtersets.vocabulary import SchemeFilterSet, TermFilterSet

__all__ = [
    "AchievementFilterSet",
    "CatalogueFilterSet",
    "CommonFilterSet",
    "DemandFilterSet",
    "ExpertFilterSet",
    "ListingFilterSet",
    "OrderFilter",
    "SchemeFilterSet",
    "TermFilterSet",
]
