"""One definition of filters and orders for pages and API."""

from achievements.filtersets.common import CommonFilterSet, OrderFilter
from achievements.filtersets.kinds import (
    AchievementFilterSet,
    DemandFilterSet,
    ExpertFilterSet,
    ListingFilterSet,
)
from achievements.filtersets.vocabulary import SchemeFilterSet, TermFilterSet

__all__ = [
    "AchievementFilterSet",
    "CommonFilterSet",
    "DemandFilterSet",
    "ExpertFilterSet",
    "ListingFilterSet",
    "OrderFilter",
    "SchemeFilterSet",
    "TermFilterSet",
]
