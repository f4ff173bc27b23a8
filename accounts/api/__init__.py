"""The API door of `accounts`."""

from accounts.api.organisations import InvitationViewSet, MemberViewSet, OrganisationViewSet
from accounts.api.people import (
    AuditEventViewSet,
    NotificationViewSet,
    RegionViewSet,
    TokenViewSet,
    UserViewSet,
)

routes = [
    ("users", UserViewSet, "user"),
    ("organisations", OrganisationViewSet, "organisation"),
    ("members", MemberViewSet, "member"),
    ("invitations", InvitationViewSet, "invitation"),
    ("tokens", TokenViewSet, "token"),
    ("notifications", NotificationViewSet, "notification"),
    ("regions", RegionViewSet, "region"),
    ("audit-events", AuditEventViewSet, "audit-event"),
]
