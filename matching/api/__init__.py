"""The API door of search, matches and saved searches."""

from matching.api.duplicates import DuplicateViewSet
from matching.api.market import StatisticsViewSet
from matching.api.matches import MatchViewSet
from matching.api.operation import StatusViewSet
from matching.api.panels import PanelViewSet
from matching.api.previews import MatchPreviewViewSet
from matching.api.quality import QualityViewSet
from matching.api.questions import QuestionViewSet
from matching.api.saved_searches import SavedSearchViewSet
from matching.api.search import SearchViewSet
from matching.api.shortlist import ComparisonViewSet, ShortlistViewSet
from matching.api.weights import WeightsViewSet

routes = [
    ("compare", ComparisonViewSet, "comparison"),
    ("duplicates", DuplicateViewSet, "duplicate"),
    ("matches", MatchViewSet, "match"),
    ("match-previews", MatchPreviewViewSet, "match-preview"),
    ("match-quality", QualityViewSet, "match-quality"),
    ("panels", PanelViewSet, "panel"),
    ("questions", QuestionViewSet, "question"),
    ("scoring-weights", WeightsViewSet, "scoring-weights"),
    ("search", SearchViewSet, "search"),
    ("shortlist", ShortlistViewSet, "shortlist"),
    ("statistics", StatisticsViewSet, "statistics"),
    ("saved-searches", SavedSearchViewSet, "saved-search"),
    ("status", StatusViewSet, "status"),
]
