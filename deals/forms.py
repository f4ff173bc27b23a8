"""What pages take in: the beginning of an introduction, and an answer."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from deals.models import BODY_LENGTH, SUBJECT_LENGTH
from deals.permissions import writing_organisations


class TokenForm(forms.Form):
    """A form that makes one message however often it is sent."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def renew_token(self) -> None:
        """Let the form, shown again, make a message of its own."""
        self.data = {**self.data.dict(), self.add_prefix("token"): str(uuid.uuid4())}  # type: ignore[attr-defined]  # a QueryDict


class BodyField(forms.CharField):
    """The text of a message."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(
            label=_("Message"),
            max_length=BODY_LENGTH,
            widget=forms.Textarea(attrs={"rows": rows}),
            **kwargs,
        )


class IntroductionForm(TokenForm):
    """Subject, message and, for who may write for several organisations, which one."""

    organisation = forms.ModelChoiceField(
        label=_("You write for"), queryset=Organisation.objects.none(), empty_label=None
    )
    subject = forms.CharField(label=_("Subject"), max_length=SUBJECT_LENGTH)
    body = BodyField(rows=12)

    def __init__(self, *args: Any, user: User | None, from_match: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = [] if user is None or from_match else list(writing_organisations(user))
        if user is None or len(possible) < 2:
            del self.fields["organisation"]
            return
        field = self.fields["organisation"]
        field.queryset = writing_organisations(user)  # type: ignore[attr-defined]
        if user.active_organisation in possible:
            field.initial = user.active_organisation


class ReplyForm(TokenForm):
    """An answer in a thread."""

    body = BodyField(rows=6)
