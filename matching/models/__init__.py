"""What search and matching keep: index entries, weights, matches, decisions, saved searches."""

from matching.models.curation import Curation
from matching.models.duplicates import DuplicatePair, ListingFingerprint
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
from matching.models.panels import Panel, PanelPlace
from matching.models.questions import Question
from matching.models.saved_searches import Arrival, SavedSearch, SavedSearchHit
from matching.models.shortlist import ShortlistEntry
from matching.models.sounding import Sounding
from matching.models.unanswered import AnsweredQuery, UnansweredQuery

__all__ = [
    "DIMENSIONS",
    "AnsweredQuery",
    "Arrival",
    "Chance",
    "CollectionStatistics",
    "Curation",
    "Decision",
    "DuplicatePair",
    "Exposure",
    "IndexEntry",
    "Lexeme",
    "ListingFingerprint",
    "Match",
    "Panel",
    "PanelPlace",
    "Passages",
    "QueryStatistics",
    "Question",
    "SavedSearch",
    "SavedSearchHit",
    "ScoringWeights",
    "ShortlistEntry",
    "Sounding",
    "UnansweredQuery",
]
