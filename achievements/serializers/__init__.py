"""The API's shape of the catalogue."""

from achievements.serializers.attachments import (
    AttachmentChangeSerializer,
    AttachmentSerializer,
    AttachmentUploadSerializer,
)
from achievements.serializers.listings import (
    AchievementSerializer,
    DemandSerializer,
    ExpertSerializer,
    ListingSummarySerializer,
)
from achievements.serializers.verbs import (
    ApproveSerializer,
    ClaimDecisionSerializer,
    ClaimSerializer,
    DuplicateSerializer,
    ExpertInvitationSerializer,
    ExpertInviteSerializer,
    FigureTextSerializer,
    HistorySerializer,
    IgnoreSerializer,
    InvitationLinkSerializer,
    MergeSerializer,
    ProposalSerializer,
    ProposedTermsSerializer,
    RejectSerializer,
    TokenSerializer,
)
from achievements.serializers.vocabulary import SchemeSerializer, TermSerializer

__all__ = [
    "AchievementSerializer",
    "ApproveSerializer",
    "AttachmentChangeSerializer",
    "AttachmentSerializer",
    "AttachmentUploadSerializer",
    "ClaimDecisionSerializer",
    "ClaimSerializer",
    "DemandSerializer",
    "DuplicateSerializer",
    "ExpertInvitationSerializer",
    "ExpertInviteSerializer",
    "ExpertSerializer",
    "FigureTextSerializer",
    "HistorySerializer",
    "IgnoreSerializer",
    "InvitationLinkSerializer",
    "ListingSummarySerializer",
    "MergeSerializer",
    "ProposalSerializer",
    "ProposedTermsSerializer",
    "RejectSerializer",
    "SchemeSerializer",
    "TermSerializer",
    "TokenSerializer",
]
