"""Checking and saving what an inventor writes into a disclosure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from achievements.models import Disclosure, DisclosureInventor
from achievements.services.text import clean_text

FIELDS = (
    *("language", "title", "what", "advantages", "funding", "publications"),
    *("embargo_until", "ownership", "ownership_note"),
)
MAX_INVENTORS = 30

Inventors = Sequence[Mapping[str, Any]]


def write_disclosure(
    disclosure: Disclosure, values: Mapping[str, Any], inventors: Inventors | None
) -> None:
    """Check and save the form; errors of inventors are named ``inventors.number.field``."""
    errors: dict[str, list[Any]] = {}
    for name in FIELDS:
        if name in values:
            value = values[name]
            setattr(disclosure, name, clean_text(value) if isinstance(value, str) else value)
    disclosure.updated_at = timezone.now()
    try:
        disclosure.full_clean(exclude=["organisation", "submitted_by"])
    except ValidationError as error:
        errors |= error.message_dict
    rows = _built(inventors, errors) if inventors is not None else None
    if errors:
        raise ValidationError(errors)
    disclosure.save()
    if rows is not None:
        disclosure.inventors.all().delete()
        for row in rows:
            row.disclosure = disclosure
        DisclosureInventor.objects.bulk_create(rows)


def _built(inventors: Inventors, errors: dict[str, list[Any]]) -> list[DisclosureInventor]:
    rows = []
    if not inventors:
        errors["inventors"] = [_("Name at least one inventor.")]
    if len(inventors) > MAX_INVENTORS:
        errors["inventors"] = [_("Give at most %(count)d rows.") % {"count": MAX_INVENTORS}]
        return []
    for number, given in enumerate(inventors):
        row = DisclosureInventor(
            name=clean_text(str(given.get("name") or "")),
            affiliation=clean_text(str(given.get("affiliation") or "")),
            share=_share(given.get("share")),
            position=number,
        )
        try:
            row.full_clean(exclude=["disclosure"])
        except ValidationError as error:
            for name, texts in error.message_dict.items():
                errors[f"inventors.{number}.{name}"] = texts
        rows.append(row)
    total = sum((row.share for row in rows if row.share is not None), Decimal(0))
    if rows and not errors and total != 100:
        message = _("The shares add up to %(total)s %%, not to 100 %%.") % {
            "total": f"{total.normalize():f}"
        }
        errors["inventors"] = [message]
    return rows


def _share(value: Any) -> Any:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
