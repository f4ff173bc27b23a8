"""What pages of this package let people fill in."""

from accounts.forms.organisation import DocumentForm, OrganisationForm, UnverifyForm, VerifyForm
from accounts.forms.people import InviteForm, PreferencesForm, RoleForm, SignupForm, TokenForm
from accounts.forms.second_factor import CodeAgainForm, CodeForm

__all__ = [
    "CodeAgainForm",
    "CodeForm",
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
