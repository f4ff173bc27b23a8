"""Forms about people: signing up, preferences, invitations, tokens."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, Member, User
from accounts.text import clean_line
from accounts.time_zones import time_zone_choices


class SignupForm(forms.Form):
    """What signing up asks besides address and password; allauth joins both."""

    name = forms.CharField(
        label=pgettext_lazy("person", "Name"),
        max_length=100,
        help_text=_("Other members of your organisation see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=User.Language)

    field_order = ["name", "email", "password1", "password2", "language"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].initial = get_language() or User.Language.ENGLISH

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth with the user it has just saved."""
        user.name = clean_line(self.cleaned_data["name"])
        user.language = self.cleaned_data["language"]
        user.save(update_fields=["name", "language"])


class PreferencesForm(forms.ModelForm):
    """A user's own name, language, time zone and rhythm of e-mails."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "email_rhythm"]


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Member.Role, initial=Member.Role.EDITOR)


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(label=_("Role"), choices=Member.Role)


class TokenForm(forms.Form):
    """A new API token."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What uses this token, for example “nightly export”."),
    )
    scope = forms.ChoiceField(label=_("The token may"), choices=ApiToken.Scope)
    days = forms.TypedChoiceField(
        label=_("It holds for"),
        coerce=int,
        choices=[(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("one year"))],
        initial=90,
    )
