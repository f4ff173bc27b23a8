"""What search and matching keep: index entries, weights, matches, decisions, saved searches."""

from matching.models.exposure import Chance, Exposure
from matching.models.index import (
    DIMENSIONS,
    CollectionStatistics,
    IndexEntry,
    Lexeme,
    Passages,
    QueryStatistics,
)
from matching.models.matches import Decision, Match, ScoringWeights
from matching.models.questions import Question
from matching.models.saved_searches import Arrival, SavedSearch, SavedSearchHit
from matching.models.unanswered import UnansweredQuery

__all__ = [
    "DIMENSIONS",
    "Arrival",
    "Chance",
    "CollectionStatistics",
    "Decision",
    "Exposure",
    "IndexEntry",
    "Lexeme",
    "Match",
    "Passages",
    "QueryStatistics",
    "Question",
    "SavedSearch",
    "SavedSearchHit",
    "ScoringWeights",
    "UnansweredQuery",
]
