"""Input of pages. Forms read and label; what is allowed is decided by models and services."""

from achievements.forms.handling import FormSets, add_missing, distribute_errors, typed, with_rows
from achievements.forms.listings import AchievementForm, DemandForm, ExpertForm, ListingForm
from achievements.forms.proposals import proposals_in, shown_proposals
from achievements.forms.rows import FORMSETS, RowFormSet
from achievements.forms.small import (
    AttachmentForm,
    AttachmentLayerForm,
    ClaimForm,
    ExpertInviteForm,
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
    "ExpertInviteForm",
    "FormSets",
    "ListingForm",
    "MergeForm",
    "RejectForm",
    "RowFormSet",
    "add_missing",
    "distribute_errors",
    "proposals_in",
    "shown_proposals",
    "typed",
    "with_rows",
]
