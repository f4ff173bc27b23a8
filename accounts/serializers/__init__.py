"""How the API shows and takes what this package holds."""

from accounts.serializers.organisations import (
    DirectPublishingSerializer,
    DocumentSerializer,
    InvitationSerializer,
    LogoSerializer,
    MemberSerializer,
    OrganisationSerializer,
    ReasonSerializer,
    RegionSerializer,
    SecretSerializer,
    VerifySerializer,
    VisibleOrganisationField,
)
from accounts.serializers.people import (
    ApiTokenSerializer,
    AuditEventSerializer,
    CountSerializer,
    CreatedTokenSerializer,
    NewTokenSerializer,
    NotificationListSerializer,
    NotificationSerializer,
    PreferencesSerializer,
)

__all__ = [
    "ApiTokenSerializer",
    "AuditEventSerializer",
    "CountSerializer",
    "CreatedTokenSerializer",
    "DirectPublishingSerializer",
    "DocumentSerializer",
    "InvitationSerializer",
    "LogoSerializer",
    "MemberSerializer",
    "NewTokenSerializer",
    "NotificationListSerializer",
    "NotificationSerializer",
    "OrganisationSerializer",
    "PreferencesSerializer",
    "ReasonSerializer",
    "RegionSerializer",
    "SecretSerializer",
    "VerifySerializer",
    "VisibleOrganisationField",
]
