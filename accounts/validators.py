"""Checks shared by models, forms and serializers."""

import re
import zoneinfo
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from stdnum import isni
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NumberError


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(value: str) -> None:
    """Refuse what the time-zone database does not name."""
    if value not in _time_zones():
        raise ValidationError(
            _("“%(value)s” is not a time zone. Write one such as Asia/Shanghai or Europe/Berlin."),
            code="time_zone",
            params={"value": value},
        )


def validate_ror(value: str) -> None:
    """Refuse a ROR id whose check digits (ISO 7064 MOD 97-10) do not fit. Source: ror.org."""
    import idutils  # only here: half a second that no process needs to spend on its start

    if not idutils.is_ror(value) or not _ror_checks(value):
        raise ValidationError(
            _(
                "“%(value)s” is not a ROR id. Copy it from ror.org, for example "
                "https://ror.org/03vek6s52."
            ),
            code="ror",
            params={"value": value},
        )


def _ror_checks(value: str) -> bool:
    """Crockford base 32 of the middle six, then 98 minus the number times 100 modulo 97."""
    identifier = value.rstrip("/").rsplit("/", 1)[-1].lower()
    number = 0
    for letter in identifier[1:7]:
        position = "0123456789abcdefghjkmnpqrstvwxyz".find(letter)
        if position < 0:
            return False
        number = number * 32 + position
    return 98 - (number * 100) % 97 == int(identifier[7:])


def validate_credit_code(value: str) -> None:
    """Refuse a unified social credit code whose check digit does not fit (GB 32100-2015)."""
    try:
        uscc.validate(value)
    except NumberError as error:
        raise ValidationError(
            _(
                "“%(value)s” is not a unified social credit code: it has 18 characters, the last "
                "of them a check digit. Copy it from the business licence."
            ),
            code="credit_code",
            params={"value": value},
        ) from error


def validate_orcid(value: str) -> None:
    """Refuse an ORCID iD whose check digit (ISO 7064 MOD 11-2) does not fit.

    Whether its number lies in a block that ORCID assigns is not asked: blocks are added over time.
    """
    if not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", value) or not isni.is_valid(value):
        raise ValidationError(
            _("“%(value)s” is not an ORCID iD. It looks like 0000-0002-1825-0097."),
            code="orcid",
            params={"value": value},
        )
