"""What can be done with people and organisations, and what is remembered and told of it."""

from accounts.services.audit import record_audit, record_audits
from accounts.services.collecting import notify_of_new
from accounts.services.erasing import erase_user, forget_told
from accounts.services.members import (
    accept_invitation,
    change_role,
    invite_member,
    remove_member,
    withdraw_invitation,
)
from accounts.services.notifications import (
    administrator_recipients,
    mark_all_read,
    mark_read,
    notify,
    organisation_recipients,
)
from accounts.services.organisations import (
    create_organisation,
    switch_organisation,
    update_organisation,
)
from accounts.services.tokens import create_token, revoke_token
from accounts.services.users import (
    reinstate_user,
    suspend_user,
    unsubscribe,
    update_preferences,
)
from accounts.services.verification import (
    set_direct_publishing,
    unverify_organisation,
    verify_organisation,
)

__all__ = [
    "accept_invitation",
    "administrator_recipients",
    "change_role",
    "create_organisation",
    "create_token",
    "erase_user",
    "forget_told",
    "invite_member",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_of_new",
    "organisation_recipients",
    "record_audit",
    "record_audits",
    "reinstate_user",
    "remove_member",
    "revoke_token",
    "set_direct_publishing",
    "suspend_user",
    "switch_organisation",
    "unsubscribe",
    "unverify_organisation",
    "update_organisation",
    "update_preferences",
    "verify_organisation",
    "withdraw_invitation",
]
