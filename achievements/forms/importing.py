"""The upload of a file of listings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Member, Organisation, User
from achievements.models import ImportRun, Listing
from achievements.permissions import may_import, may_import_published


class ImportForm(forms.Form):
    """A file, what its rows are, who posts them and how."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, Excel (.xlsx) or JSON Lines; each also packed with gzip (.gz)."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.jsonl,.json,.gz"}),
    )
    kind = forms.ChoiceField(
        label=_("The rows are"),
        choices=[
            (Listing.Kind.ACHIEVEMENT, _("Achievements")),
            (Listing.Kind.DEMAND, _("Demands")),
            (Listing.Kind.EXPERT, _("Experts")),
        ],
        widget=forms.RadioSelect,
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Organisation"), required=False
    )
    publication = forms.ChoiceField(
        label=_("New listings"),
        choices=ImportRun.Publication.choices,
        initial=ImportRun.Publication.DRAFT,
        widget=forms.RadioSelect,
    )
    mode = forms.ChoiceField(
        label=_("If rows are bad"),
        choices=ImportRun.Mode.choices,
        initial=ImportRun.Mode.SKIP_BAD,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        roles = [Member.Role.OWNER, Member.Role.EDITOR]
        mine = Organisation.objects.filter(members__user=user, members__role__in=roles)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.all() if user.is_superuser else mine
        field.required = not user.curates
        field.empty_label = _("None (experts only)") if user.curates else None
        field.initial = user.active_organisation_id
        if not user.curates:
            choices: Any = self.fields["publication"]
            choices.choices = [
                choice
                for choice in ImportRun.Publication.choices
                if choice[0] != ImportRun.Publication.PUBLISH
            ]

    def clean(self) -> dict[str, Any]:
        """Whether this user may import these rows in this way."""
        values = super().clean() or {}
        kind, organisation = values.get("kind", ""), values.get("organisation")
        if not self.errors and not may_import(self.user, organisation, kind):
            self.add_error("organisation", _("Choose the organisation that posts this."))
        publish = values.get("publication") == ImportRun.Publication.PUBLISH
        if publish and not may_import_published(self.user, kind):
            self.add_error("publication", _("You may submit these listings, not publish them."))
        return values
