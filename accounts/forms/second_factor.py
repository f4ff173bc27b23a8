"""Codes of an authenticator app, asked for when signing in and before what is delicate."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from accounts.services.second_factor import use_code_once


class _CodeOnce:
    """Refuses a code that was used before, also while the cache is away."""

    authenticator: Authenticator

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]
        field.help_text = _("From your authenticator app, or one of your recovery codes.")
        field.widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        """Check the code as allauth does, and use it up."""
        code: str = super().clean_code()  # type: ignore[misc]
        app = self.authenticator.type == Authenticator.Type.TOTP
        if app and not use_code_once(self.authenticator):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_CodeOnce, AuthenticateForm):
    """Asked for after the password."""


class CodeAgainForm(_CodeOnce, ReauthenticateForm):
    """Asked for again before something delicate."""
