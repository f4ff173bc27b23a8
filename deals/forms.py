"""What pages take in: the beginning of an introduction, an answer, what is done in a portfolio."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from deals.models import BODY_LENGTH, SUBJECT_LENGTH, PortfolioView
from deals.permissions import writing_organisations
from deals.services.portfolio import MOST, VERBS


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


class BulkForm(forms.Form):
    """What is done to which listings of a portfolio. ``everything``: all that the filters leave."""

    verb = forms.ChoiceField(
        label=_("With the chosen listings"),
        choices=(("", _("not chosen")), *VERBS.items()),
        error_messages={"required": _("Choose what is to be done.")},
    )
    listings = forms.ModelMultipleChoiceField(
        label=_("Listings"),
        queryset=Listing.objects.none(),
        required=False,
        error_messages={"list": _("Choose at least one listing.")},
    )
    everything = forms.BooleanField(required=False)
    tag = forms.CharField(label=_("Tag"), max_length=40, required=False)
    assignee = forms.ModelChoiceField(
        label=_("Colleague"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, rows: ListingQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        self.fields["listings"].queryset = rows  # type: ignore[attr-defined]
        organisations = rows.order_by().values("organisation").distinct()
        colleagues = User.objects.filter(
            is_active=True, memberships__organisation__in=organisations
        )
        self.fields["assignee"].queryset = colleagues.distinct()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something must be chosen, and not too much of it."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("everything"):
            given["listings"] = self.rows[: MOST + 1]
        elif "listings" in given and not given["listings"]:
            self.add_error("listings", _("Choose at least one listing."))
        return given


class PortfolioViewForm(forms.ModelForm):
    """The name of a view of a portfolio, and whether colleagues have it too."""

    query = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    class Meta:
        model = PortfolioView
        fields = ["name", "shared"]

    def validate_constraints(self) -> None:
        """Left to the service, which knows whose view it is."""
