"""Questions about the catalogue. Who may see what is decided here and nowhere else."""

from achievements.querysets.attachments import AttachmentQuerySet
from achievements.querysets.experts import ClaimQuerySet, ExpertQuerySet
from achievements.querysets.imports import ImportRunQuerySet
from achievements.querysets.listings import (
    AchievementQuerySet,
    DemandQuerySet,
    ListingQuerySet,
    is_verified_member,
)
from achievements.querysets.vocabulary import TermQuerySet

__all__ = [
    "AchievementQuerySet",
    "AttachmentQuerySet",
    "ClaimQuerySet",
    "DemandQuerySet",
    "ExpertQuerySet",
    "ImportRunQuerySet",
    "ListingQuerySet",
    "TermQuerySet",
    "is_verified_member",
]
