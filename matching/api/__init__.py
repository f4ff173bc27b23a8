"""The API door of search, matches and saved searches."""

from matching.api.matches import MatchViewSet
from matching.api.quality import QualityViewSet
from matching.api.saved_searches import SavedSearchViewSet
from matching.api.search import SearchViewSet

routes = [
    ("matches", MatchViewSet, "match"),
    ("match-quality", QualityViewSet, "match-quality"),
    ("search", SearchViewSet, "search"),
    ("saved-searches", SavedSearchViewSet, "saved-search"),
]
