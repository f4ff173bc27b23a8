"""Input of pages. Forms read and label; what is allowed is decided by models and services."""

from achievements.forms.listings import AchievementForm, DemandForm, ExpertForm, ListingForm
from achievements.forms.rows import FORMSETS, RowFormSet
from achievements.forms.small import (
    AttachmentForm,
    AttachmentLayerForm,
    ClaimForm,
    InviteForm,
    MergeForm,
    RejectForm,
)

__all__ = [
    "FORMSETS",
    "AchievementForm",
    "AttachmentForm",
    "AttachmentLayerForm",
    "ClaimForm",
    "DemandForm",
    "ExpertForm",
    "InviteForm",
    "ListingForm",
    "MergeForm",
    "RejectForm",
    "RowFormSet",
]
