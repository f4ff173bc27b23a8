"""What can be done with people and organisations, and what is remembered and told of it."""

from accounts.services.audit import record_audit
from accounts.services.notifications import notify

__all__ = ["notify", "record_audit"]
