"""Checking and saving the fields and rows of a listing; the verbs are in `content`."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from achievements.models import (
    Achievement,
    EvidenceRow,
    Expert,
    Inventor,
    IPRight,
    Listing,
    RequirementRow,
)
from achievements.services.anonymity import attachment_says_any, own_names, says_any
from achievements.services.orcids import taken_orcid
from achievements.services.quantities import recognise_quantities
from achievements.services.text import clean_text, clean_words

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Errors = dict[str, list[ValidationError]]

MAX_ROWS = 100
MAX_WORDS = 50

# The rows of each kind: relation → model and its way back to the listing.
ROWS: dict[str, dict[str, tuple[type[models.Model], str]]] = {
    "achievement": {
        "evidence": (EvidenceRow, "achievement"),
        "ip_rights": (IPRight, "achievement"),
        "inventors": (Inventor, "achievement"),
    },
    "demand": {"requirements": (RequirementRow, "demand")},
    "expert": {},
}
_READINESS = {"trl", "readiness_evidence_en", "readiness_evidence_zh"}
_NOT_CONTENT = {"id", "listing_ptr", "created_by", "organisation"}


def content_fields(model: type[Listing]) -> list[str]:
    """The names of the columns that people fill in, without rows and classification."""
    fields = model._meta.concrete_fields
    return [f.name for f in fields if f.editable and f.name not in _NOT_CONTENT]


def row_fields(model: type[models.Model]) -> list[str]:
    """The names of the columns of a row that people fill in, in the order they read it."""
    parents = {"achievement", "demand"}
    skipped = parents | {"id", "position", "term"}
    names = [f.name for f in model._meta.concrete_fields if f.name not in skipped]
    spoken = ("quantity", "operator", "value", "value_max", "unit")
    return [name for name in spoken if name in names] + [n for n in names if n not in spoken]


def write_content(
    listing: Listing, values: Mapping[str, Any], rows: Rows, *, by: User | None
) -> list[str]:
    """Check and save everything; returns the names of what differs. Raises ValidationError, which
    tells no more of others' profiles than ``by`` may see."""
    known = set(content_fields(type(listing))) | {"fields"}
    unknown = [*(set(values) - known), *(set(rows) - set(ROWS[listing.kind]))]
    if unknown:
        raise TypeError(f"A {listing.kind} has no {', '.join(sorted(unknown))}.")
    adding = listing._state.adding
    before = {} if adding else {name: getattr(listing, name) for name in known - {"fields"}}
    errors: Errors = {}
    for name in values.keys() - {"fields"}:
        _set(listing, name, values[name])
    settle_amounts(listing)
    settle_layer(listing)
    taken = taken_orcid(listing, by=by) if isinstance(listing, Expert) else None
    if taken is not None:
        errors["orcid"] = [taken]
    _collect(errors, listing, exclude=["created_by", *errors])
    _check_words(errors, listing)
    _check_anonymity(errors, listing, rows)
    _check_seal(errors, listing)
    built = {name: _build_rows(errors, listing, name, rows[name]) for name in rows}
    if errors:
        raise ValidationError(errors)
    changed = sorted(name for name, value in before.items() if getattr(listing, name) != value)
    terms = sorted(term.pk for term in values["fields"]) if "fields" in values else None
    if terms is not None and (
        adding or terms != sorted(listing.fields.values_list("pk", flat=True))
    ):
        changed.append("fields")
    changed += [name for name in built if adding or _differ(listing, name, built[name])]
    if not changed and not adding:
        return []
    settle_readiness(listing, changed)
    listing.updated_at = timezone.now()
    listing.save()
    if "fields" in changed:
        listing.fields.set(terms or [])
    for name in built:
        if name in changed:
            _replace_rows(listing, name, built[name])
    return changed


def check_rules(listing: Listing, rows: Rows) -> Errors:
    """What is asked of a listing beyond ``full_clean``; for the importer, which writes in bulk."""
    errors: Errors = {}
    settle_amounts(listing)
    settle_layer(listing)
    _check_words(errors, listing)
    _check_anonymity(errors, listing, rows)
    _check_seal(errors, listing)
    return errors


def _set(obj: models.Model, name: str, value: Any) -> None:
    """Assign one value in the form it is kept."""
    field = obj._meta.get_field(name)
    if isinstance(value, str):
        value = clean_text(value)
    elif isinstance(value, list | tuple | set):
        value = clean_words(value)
    elif isinstance(value, float) and isinstance(field, models.DecimalField):
        value = Decimal(repr(value))
    if value is None and isinstance(field, models.CharField | models.TextField):
        value = ""
    if value == "" and field.null and not isinstance(field, models.CharField | models.TextField):
        value = None
    setattr(obj, name, value)


def settle_amounts(listing: Listing) -> None:
    """A price that is not stated, or has no upper end, keeps no figure there."""
    if isinstance(listing, Achievement):
        if listing.price_mode == Achievement.PriceMode.NEGOTIABLE:
            listing.price_min = None
        if listing.price_mode != Achievement.PriceMode.RANGE:
            listing.price_max = None


def settle_layer(listing: Listing) -> None:
    """A sealed demand is in no layer that others read."""
    if listing.is_sealed:
        listing.visibility = Listing.Visibility.OWNER


def settle_readiness(listing: Listing, changed: Iterable[str]) -> list[str]:
    """What was verified was the old level with the old evidence; names the columns emptied."""
    if not isinstance(listing, Achievement) or not _READINESS.intersection(changed):
        return []
    listing.trl_verified_by = listing.trl_verified_at = None
    return ["trl_verified_by", "trl_verified_at"]


def _collect(errors: Errors, obj: models.Model, *, exclude: list[str], at: str = "") -> None:
    """Add what ``full_clean`` finds to ``errors``, under the prefix ``at``."""
    try:
        obj.full_clean(exclude=exclude)
    except ValidationError as error:
        for name, problems in error.error_dict.items():
            place = f"{at}{name}"
            errors.setdefault(place, []).extend(problems)


def _check_words(errors: Errors, listing: Listing) -> None:
    """Lists of words stay short enough to read."""
    for field in type(listing)._meta.concrete_fields:
        value = getattr(listing, field.attname)
        if field.editable and isinstance(value, list) and len(value) > MAX_WORDS:
            message = _("Give at most %(count)d entries.") % {"count": MAX_WORDS}
            errors.setdefault(field.name, []).append(ValidationError(message, code="max_length"))


def _check_anonymity(errors: Errors, listing: Listing, rows: Rows) -> None:
    """An anonymous demand must not name its organisation in its own text."""
    names = own_names(listing)
    if not names:
        return
    message = _("This text names your organisation. In an anonymous demand it must not.")
    for name in content_fields(type(listing)):
        value = getattr(listing, name)
        text = " ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(text, str) and name != "external_id" and says_any(text, names):
            errors.setdefault(name, []).append(ValidationError(message, code="names_organisation"))
    for relation, given in {**_kept_rows(listing, rows), **rows}.items():
        for number, row in enumerate(given):
            for name, value in row.items():
                if isinstance(value, str) and says_any(value, names):
                    errors.setdefault(f"{relation}.{number}.{name}", []).append(
                        ValidationError(message, code="names_organisation")
                    )
    if not listing._state.adding:
        _check_files(errors, listing, names)


def _check_seal(errors: Errors, listing: Listing) -> None:
    """Only verified organisations seal, for no reviewer reads it; and only a draft is sealed or
    opened, so that what nobody has reviewed never becomes public by an edit."""
    if listing.kind != Listing.Kind.DEMAND:
        return
    if listing.is_sealed and not (listing.organisation and listing.organisation.is_verified):
        message = _("Only a verified organisation can seal a demand, for no reviewer reads it.")
        errors.setdefault("disclosure", []).append(ValidationError(message, code="unverified"))
    if listing._state.adding or listing.state == Listing.State.DRAFT:
        return
    stored = Listing.objects.filter(pk=listing.pk).values_list("disclosure", flat=True).first()
    if (stored == Listing.Disclosure.SEALED) != listing.is_sealed:
        message = _("Only a draft can be sealed or opened. Withdraw it and reopen it first.")
        errors.setdefault("disclosure", []).append(ValidationError(message, code="state"))


def _check_files(errors: Errors, listing: Listing, names: list[str]) -> None:
    """Nor must its files; what was attached to an anonymous demand was read when it came."""
    stored = Listing.objects.filter(pk=listing.pk, disclosure=Listing.Disclosure.NAMED)
    files = list(listing.attachments.all())
    within = bool(files) and stored.exists()
    for file in files:
        if attachment_says_any(file, names, within=within):
            named = _(
                "The file “%(name)s” names your organisation. "
                "Change its title, or add it anew under another name."
            )
            error = ValidationError(named % {"name": file.name}, code="names_organisation")
            errors.setdefault("disclosure", []).append(error)


def _kept_rows(listing: Listing, given: Rows) -> Rows:
    """The rows that this change leaves as they are."""
    if listing._state.adding:
        return {}
    return {
        name: [
            {field: getattr(row, field) for field in row_fields(model)}
            for row in getattr(listing, name).all()
        ]
        for name, (model, _parent) in ROWS[listing.kind].items()
        if name not in given
    }


def _build_rows(
    errors: Errors, listing: Listing, relation: str, given: Sequence[Mapping[str, Any]]
) -> list[models.Model]:
    """The checked, unsaved rows of one relation."""
    model, parent = ROWS[listing.kind][relation]
    if len(given) > MAX_ROWS:
        message = _("Give at most %(count)d rows.") % {"count": MAX_ROWS}
        errors.setdefault(relation, []).append(ValidationError(message, code="max_length"))
        return []
    allowed = set(row_fields(model))
    measured = "quantity" in allowed
    texts = [clean_text(str(row.get("quantity") or "")) for row in given] if measured else []
    quantities = recognise_quantities(texts)
    built = []
    for number, row in enumerate(given):
        if set(row) - allowed:
            raise TypeError(f"{relation} has no {', '.join(sorted(set(row) - allowed))}.")
        instance = model(position=number)
        for name, value in row.items():
            _set(instance, name, value)
        if measured:
            instance.term_id = quantities.get(texts[number])  # type: ignore[attr-defined]
        if isinstance(instance, RequirementRow) and instance.operator != "between":
            instance.value_max = None
        _collect(errors, instance, exclude=[parent], at=f"{relation}.{number}.")
        built.append(instance)
    return built


def _row_content(row: models.Model) -> tuple[Any, ...]:
    names = [*row_fields(type(row)), *(["term_id"] if hasattr(row, "term_id") else [])]
    return tuple(getattr(row, name) for name in names)


def _differ(listing: Listing, relation: str, built: list[models.Model]) -> bool:
    kept = [_row_content(row) for row in getattr(listing, relation).all()]
    return kept != [_row_content(row) for row in built]


def _replace_rows(listing: Listing, relation: str, built: list[models.Model]) -> None:
    model, parent = ROWS[listing.kind][relation]
    manager = model._default_manager
    manager.filter(**{parent: listing}).delete()
    for row in built:
        setattr(row, parent, listing)
    manager.bulk_create(built)


def error_place(name: str) -> tuple[str, int, str] | None:
    """Split an error key of a row into relation, number and field; None for a plain field."""
    relation, dot, rest = name.partition(".")
    if not dot:
        return None
    number, _dot, field = rest.partition(".")
    return relation, int(number), "" if field == NON_FIELD_ERRORS else field
