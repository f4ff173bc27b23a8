"""Questions about index entries, matches and saved searches."""

from matching.querysets.entries import DuplicateQuerySet, IndexEntryQuerySet
from matching.querysets.matches import MatchQuerySet
from matching.querysets.readers import (
    AnsweredQuerySet,
    QuestionQuerySet,
    SavedSearchQuerySet,
    ShortlistQuerySet,
)

__all__ = [
    "AnsweredQuerySet",
    "DuplicateQuerySet",
    "IndexEntryQuerySet",
    "MatchQuerySet",
    "QuestionQuerySet",
    "SavedSearchQuerySet",
    "ShortlistQuerySet",
]
