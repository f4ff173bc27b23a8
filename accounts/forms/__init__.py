"""What pages of this package let people fill in."""

from accounts.forms.organisation import DocumentForm, OrganisationForm, UnverifyForm, VerifyForm
from accounts.forms.people import InviteForm, PreferencesForm, RoleForm, SignupForm, TokenForm

__all__ = [
    "DocumentForm",
    "InviteForm",
    "OrganisationForm",
    "PreferencesForm",
    "RoleForm",
    "SignupForm",
    "TokenForm",
    "UnverifyForm",
    "VerifyForm",
]
