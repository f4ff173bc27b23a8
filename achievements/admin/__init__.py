"""The catalogue in the Django admin, for superusers: to look, and to help where no page does.

Content is changed on the listing's own page, which superusers may edit; states move by the same
services as everywhere. Vocabularies can be extended here, with a trace in the audit.
"""

from achievements.admin.data import LintRuleSetAdmin, SchemeAdmin, TermAdmin
from achievements.admin.listings import (
    AchievementAdmin,
    AnyListingAdmin,
    DemandAdmin,
    ExpertAdmin,
)
from achievements.admin.records import (
    AttachmentAdmin,
    ClaimAdmin,
    ExpertInvitationAdmin,
    ImportRunAdmin,
    ReviewAdmin,
)

__all__ = [
    "AchievementAdmin",
    "AnyListingAdmin",
    "AttachmentAdmin",
    "ClaimAdmin",
    "DemandAdmin",
    "ExpertAdmin",
    "ExpertInvitationAdmin",
    "ImportRunAdmin",
    "LintRuleSetAdmin",
    "ReviewAdmin",
    "SchemeAdmin",
    "TermAdmin",
]
