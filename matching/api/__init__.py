"""The API door of search, matches and saved searches."""

from matching.api.saved_searches import SavedSearchViewSet
from matching.api.search import SearchViewSet

routes = [
    ("search", SearchViewSet, "search"),
    ("saved-searches", SavedSearchViewSet, "saved-search"),
]
