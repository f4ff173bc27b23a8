"""What can be asked of the lists of this package, for both doors."""

from matching.filtersets.lists import (
    DuplicateFilterSet,
    MatchFilterSet,
    PanelFilterSet,
    QuestionFilterSet,
    SavedSearchFilterSet,
    ShortlistFilterSet,
)
from matching.filtersets.search import ORDERS, SearchFilterSet

__all__ = [
    "ORDERS",
    "DuplicateFilterSet",
    "MatchFilterSet",
    "PanelFilterSet",
    "QuestionFilterSet",
    "SavedSearchFilterSet",
    "SearchFilterSet",
    "ShortlistFilterSet",
]
