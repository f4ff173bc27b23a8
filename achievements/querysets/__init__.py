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
from achievements.querysets.moderation import AppealQuerySet, ReportQuerySet
from achievements.querysets.vocabulary import TermQuerySet

__all__ = [
    "AchievementQuerySet",
    "AppealQuerySet",
    "AttachmentQuerySet",
    "ClaimQuerySet",
    "DemandQuerySet",
    "ExpertQuerySet",
    "ImportRunQuerySet",
    "ListingQuerySet",
    "ReportQuerySet",
    "TermQuerySet",
    "is_verified_member",
]
