"""Checks shared by models, forms, serializers and the importer."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from achievements.units import UnknownUnitError, parse_unit

# ISO 4217 codes a deal on the platform may be priced in.
CURRENCIES = (
    "CNY", "USD", "EUR", "GBP", "JPY", "HKD", "SGD", "CHF", "KRW", "AUD", "CAD", "SEK", "NOK",
    "DKK", "PLN", "INR", "BRL", "ILS", "TWD", "MOP", "NZD", "THB", "MYR", "AED",
)  # fmt: skip


def validate_currency(value: str) -> None:
    """Refuse what is not one of the ISO 4217 codes in use here."""
    if value not in CURRENCIES:
        raise ValidationError(
            _("“%(value)s” is not a currency code. Write one such as CNY, EUR or USD."),
            code="currency",
            params={"value": value},
        )


def validate_unit(value: str) -> None:
    """Refuse a unit that cannot be converted; empty means a plain number."""
    try:
        parse_unit(value)
    except UnknownUnitError as error:
        raise ValidationError(
            _("“%(value)s” is not a unit we know. Write it as in Wh/kg, MPa, °C, %% or m³/h."),
            code="unit",
            params={"value": value},
        ) from error


def validate_language_code(value: str) -> None:
    """Refuse what does not look like an ISO 639 code."""
    if not re.fullmatch(r"[a-z]{2,3}", value):
        raise ValidationError(
            _("“%(value)s” is not a language code. Write one such as en, zh or de."),
            code="language",
            params={"value": value},
        )
