"""What pages of this package let people fill in."""

from accounts.forms.organisation import OrganisationForm, UnverifyForm, VerifyForm
from accounts.forms.people import InviteForm, PreferencesForm, RoleForm, SignupForm, TokenForm

__all__ = [
    "InviteForm",
    "OrganisationForm",
    "PreferencesForm",
    "RoleForm",
    "SignupForm",
    "TokenForm",
    "UnverifyForm",
    "VerifyForm",
]
