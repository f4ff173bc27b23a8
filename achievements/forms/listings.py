"""Forms for the three kinds. Values go to the services, which check them against the models."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.models import fields_for_model
from django.utils.translation import gettext_lazy as _

from accounts.bilingual import reader_first, reader_language
from accounts.models import Region
from achievements.forms.inputs import ChoicesField, LinesField, TermTreeField, WordsField
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.presentation import LANGUAGE_NAMES
from achievements.services.writing import content_fields
from achievements.validators import CURRENCIES

TRL_CHOICES = [("", _("not stated")), *((level, f"TRL {level}") for level in range(1, 10))]
_LONG = {"problem", "solution", "advantages", "applications", "body", "expertise"}
_COMMAS = _("Put commas between them.")
_PLACE = ("fields", "keywords_en", "keywords_zh", "region", "visibility", "external_id")


def pairs(*stems: str) -> tuple[str, ...]:
    """The two columns of each text."""
    return tuple(f"{stem}_{language}" for stem in stems for language in ("en", "zh"))


def _trl_field(label: Any, help_text: Any = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=TRL_CHOICES,
        coerce=int,
        empty_value=None,
        required=False,
    )


def _currency_field() -> forms.ChoiceField:
    codes = [(code, code) for code in CURRENCIES]
    return forms.ChoiceField(label=_("Currency"), choices=codes, initial="CNY")


class ListingForm(forms.Form):
    """What all kinds share. ``plain`` names more columns that are shown as the model has them.

    ``field_order`` is the order of the page, in which errors are listed; of two languages the
    reader's comes first.
    """

    model: type[Listing]
    shared = (*pairs("title", "summary"), "visibility", "external_id")
    plain: tuple[str, ...] = ()

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    keywords_en = WordsField(label=_("Keywords (English)"), required=False, help_text=_COMMAS)
    keywords_zh = WordsField(label=_("Keywords (Chinese)"), required=False, help_text=_COMMAS)
    region = forms.ModelChoiceField(
        label=_("Region"),
        queryset=Region.objects.all(),
        required=False,
        empty_label=_("not stated"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fields"] = TermTreeField(
            label=_("Fields"),
            required=False,
            help_text=_("Choose where others would look for it; two or three are enough."),
        )
        for name, field in fields_for_model(self.model, [*self.shared, *self.plain]).items():
            self.fields[name] = field
            stem, _underscore, language = name.rpartition("_")
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 8 if stem in _LONG else 3
            if language in ("en", "zh"):
                field.widget.attrs["lang"] = "zh-Hans" if language == "zh" else "en"
            if isinstance(field, forms.DateField):
                field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        self.order_fields(reader_first(self.field_order or ()))

    def clean(self) -> dict[str, Any] | None:
        """A title in one language at least: said at its field, to which the summary leads."""
        values = super().clean()
        if "title_en" in self.fields and not {"title_en", "title_zh"} & set(self.errors):
            titles = [self.cleaned_data.get(name) for name in ("title_en", "title_zh")]
            if not any(titles):
                own = f"title_{reader_language()}"
                self.add_error(own, _("Give a title in English, in Chinese or in both."))
        return values

    def content(self) -> dict[str, Any]:
        """The values for the services."""
        names = {*content_fields(self.model), "fields"}
        return {name: value for name, value in self.cleaned_data.items() if name in names}

    @classmethod
    def initial_of(cls, listing: Listing) -> dict[str, Any]:
        """What the form shows of a listing; whole amounts without their idle decimals."""
        values = {name: getattr(listing, name) for name in content_fields(cls.model)}
        for name, value in values.items():
            if isinstance(value, Decimal) and value == value.to_integral_value():
                values[name] = value.quantize(Decimal(1))
        terms = list(listing.fields.select_related("scheme"))
        return {**values, "fields": terms, "seen": listing.version}


class AchievementForm(ListingForm):
    """An achievement without its rows."""

    model = Achievement
    plain = (
        *pairs("problem", "solution", "advantages", "applications"),
        *pairs("readiness_evidence", "funding_source"),
        *("result_kind", "price_mode", "price_min", "price_max"),
    )
    field_order = (
        *pairs("title", "summary"),
        "result_kind",
        *pairs("problem", "solution", "advantages", "applications"),
        "trl",
        *pairs("readiness_evidence"),
        *("transfer_modes", "price_mode", "price_min", "price_max", "currency"),
        *pairs("funding_source"),
        *_PLACE,
    )

    trl = _trl_field(
        _("Readiness (TRL)"), _("From 1 (basic principles observed) to 9 (proven in operation).")
    )
    transfer_modes = ChoicesField(
        label=_("Modes of transfer"), choices=Achievement.TransferMode.choices, required=False
    )
    currency = _currency_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title = self.fields[f"title_{reader_language()}"]
        title.help_text = _("Say what it does and how well, with figures.")


class DemandForm(ListingForm):
    """A demand without its requirement rows."""

    model = Demand
    plain = (*pairs("body"), "budget_min", "budget_max", "deadline")
    field_order = (
        *pairs("title", "summary", "body"),
        *("trl_min", "cooperation_modes", "budget_min", "budget_max", "currency", "deadline"),
        "disclosure",
        *_PLACE,
    )

    trl_min = _trl_field(_("Lowest readiness (TRL) sought"))
    cooperation_modes = ChoicesField(
        label=_("Modes of cooperation"), choices=Demand.CooperationMode.choices, required=False
    )
    currency = _currency_field()
    disclosure = forms.ChoiceField(
        label=_("How it is published"),
        choices=Listing.Disclosure.choices,
        initial=Listing.Disclosure.NAMED,
        widget=forms.RadioSelect,
        help_text=_(
            "Anonymously: only members of your organisation and administrators see whose it "
            "is. Take care that texts and files do not tell. Sealed: only the matcher reads it; "
            "you decide match by match who may see it."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title = self.fields[f"title_{reader_language()}"]
        title.help_text = _("Say what you need and how well it must work.")


class ExpertForm(ListingForm):
    """A person of the pool."""

    model = Expert
    plain = (*pairs("position", "affiliation", "expertise"), "orcid", "availability")
    field_order = (
        *pairs("title", "position", "affiliation"),
        "orcid",
        *pairs("summary", "expertise"),
        *("services", "languages", "availability", "certificates", "works"),
        *_PLACE,
    )

    services = ChoicesField(
        label=_("Services offered"), choices=Expert.Service.choices, required=False
    )
    languages = ChoicesField(
        label=_("Languages"), choices=list(LANGUAGE_NAMES.items()), required=False
    )
    certificates = LinesField(label=_("Certificates"), required=False, help_text=_("One a line."))
    works = LinesField(
        label=_("Publications and projects"), required=False, help_text=_("One a line.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title_en"].label = _("Name (Latin script)")
        self.fields["title_zh"].label = _("Name (Chinese)")
        known = self.fields["languages"]
        spoken = (self.initial or {}).get("languages") or []
        more = [(code, code) for code in spoken if code not in LANGUAGE_NAMES]
        known.choices = [*LANGUAGE_NAMES.items(), *more]  # type: ignore[attr-defined]
