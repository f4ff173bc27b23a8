"""What changed between two versions of a listing, and going back to one."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import Region, User
from accounts.services import record_audit
from achievements.importing.columns import MODELS
from achievements.models import Expert, Listing, ListingVersion, Term
from achievements.services.content import parent_of, update_listing
from achievements.services.snapshots import snapshot
from achievements.services.writing import ROWS, content_fields, row_fields

# What decides who may see a listing, and its number, are not content to go back to.
_STAYS = {"visibility", "disclosure", "external_id"}


def versions_of(listing: Listing) -> list[ListingVersion]:
    """The versions, the newest first; the present content, unsaved, where none is kept yet."""
    kept = list(listing_versions(listing).select_related("by"))
    if kept:
        return kept
    return [
        ListingVersion(
            listing=parent_of(listing),
            number=1,
            content=snapshot(listing),
            by=listing.created_by,
            at=listing.created_at,
        )
    ]


def listing_versions(listing: Listing) -> Any:
    """The kept versions of a listing, the newest first."""
    return ListingVersion.objects.filter(listing_id=listing.pk).order_by("-number")


def last_seen_version(listing: Listing) -> ListingVersion | None:
    """What a reviewer saw last: the newest version before the changes that none has looked at;
    None where nothing waits or what was before was not kept."""
    if listing.edited_at is None:
        return None
    before: ListingVersion | None = (
        listing_versions(listing).filter(at__lt=listing.edited_at).first()
    )
    return before


def changed_parts(kind: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The names of the fields and relations in which two contents differ, in the kind's order."""
    names = content_fields(MODELS[kind])
    changed = [name for name in names if old["values"].get(name) != new["values"].get(name)]
    if old["fields"] != new["fields"]:
        changed.append("fields")
    return changed + [
        name for name in ROWS[kind] if new["rows"].get(name, []) != old["rows"].get(name, [])
    ]


@transaction.atomic
def restore_version(
    listing: Listing, *, by: User, number: int, own_number: bool = False
) -> Listing:
    """Make the content of an earlier version the newest one; returns the listing.

    Who may see it, whether it is anonymous and its own number stay as they are now, so going back
    never opens a listing wider; with ``own_number`` that goes back too. Terms, regions and profiles
    that are gone are left out. What was published goes before a reviewer as with any change. Raises
    ValidationError where there is no such version, the state allows no change, or the content
    breaks a rule of today. Audit events ``listing.update`` and ``listing.revert``.
    """
    version = listing_versions(listing).filter(number=number).first()
    if version is None:
        raise ValidationError(_("There is no such version."), code="version")
    full = getattr(listing, listing.kind) if type(listing) is Listing else listing
    values = values_of(type(full), version.content)
    if own_number:
        values["external_id"] = version.content["values"]["external_id"]
    restored = update_listing(
        full,
        by=by,
        values=values,
        rows=_rows(listing.kind, version.content),
        restored_from=number,
    )
    record_audit(
        by=by,
        verb="listing.revert",
        obj=parent_of(restored),
        organisation=restored.organisation,
        version=number,
    )
    return restored


def kept_names(
    model: type[Listing], content: dict[str, Any], *, own_number: bool = False
) -> list[str]:
    """The fields that going back to a kept content sets; ``own_number``: that one too."""
    stays = _STAYS - {"external_id"} if own_number else _STAYS
    return [n for n in content_fields(model) if n in content["values"] and n not in stays]


def values_of(model: type[Listing], content: dict[str, Any]) -> dict[str, Any]:
    """What a kept content says, as :func:`update_listing` takes it."""
    names = kept_names(model, content)
    values = {name: _python(model._meta.get_field(name), content["values"][name]) for name in names}
    keys = [key.partition(":") for key in content["fields"]]
    found = models.Q(pk__in=[])
    for scheme, _colon, code in keys:
        found |= models.Q(scheme__code=scheme, code=code)
    return {**values, "fields": list(Term.objects.fields().filter(found))}


def _rows(kind: str, content: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [
            {
                field: _python(model._meta.get_field(field), row[field])
                for field in row_fields(model)
                if field in row
            }
            for row in content["rows"].get(name, [])
        ]
        for name, (model, _parent) in ROWS[kind].items()
    }


def _python(field: Any, value: Any) -> Any:
    """A plain value as the field takes it; None for a row of another table that is gone."""
    if isinstance(field, models.ForeignKey):
        related: type[models.Model] = Region if field.name == "region" else Expert
        return related._default_manager.filter(pk=value).first() if value else None
    return field.to_python(value)


def names_in(*contents: dict[str, Any]) -> dict[str, str]:
    """What regions, experts and fields that these contents name are called today, by
    ``field:key``; three queries."""
    regions = {content["values"].get("region") for content in contents} - {None}
    experts = {
        row.get("expert")
        for content in contents
        for rows in content["rows"].values()
        for row in rows
    }
    codes = {key.partition(":")[2] for content in contents for key in content["fields"]}
    names: dict[str, Any] = {
        f"region:{region.pk}": str(region) for region in Region.objects.filter(pk__in=regions)
    }
    keys = [key for key in experts if isinstance(key, int)]  # a file may name them otherwise
    for expert in Expert.objects.filter(pk__in=keys):
        names[f"expert:{expert.pk}"] = expert.title
    for term in Term.objects.fields().filter(code__in=codes).select_related("scheme"):
        names[f"fields:{term.scheme.code}:{term.code}"] = term.label
    return names
