"""People, organisations, and what the platform remembers and tells."""

from accounts.models.audit import AuditEvent
from accounts.models.checked_file import CheckedFile
from accounts.models.document import OrganisationDocument
from accounts.models.idempotency import KeptAnswer
from accounts.models.mailbox import MailboxMessage
from accounts.models.notification import Delivery, Notification
from accounts.models.organisation import Invitation, Member, Organisation
from accounts.models.region import Region
from accounts.models.token import ApiToken
from accounts.models.user import User

__all__ = [
    "ApiToken",
    "AuditEvent",
    "CheckedFile",
    "Delivery",
    "Invitation",
    "KeptAnswer",
    "MailboxMessage",
    "Member",
    "Notification",
    "Organisation",
    "OrganisationDocument",
    "Region",
    "User",
]
