"""Keeping what a listing says at each saving; comparing and restoring are in `versions`."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max, Model

from accounts.models import User
from achievements.models import ImportRun, Listing, ListingVersion
from achievements.services.writing import ROWS, content_fields, row_fields


def snapshot(listing: Listing) -> dict[str, Any]:
    """Everything that people fill in, as plain JSON values: ``values``, ``fields``, ``rows``."""
    full: Any = getattr(listing, listing.kind) if type(listing) is Listing else listing
    terms = full.fields.select_related("scheme").order_by("scheme__code", "code")
    return {
        "values": {name: _plain(getattr(full, name)) for name in content_fields(type(full))},
        "fields": list(dict.fromkeys(f"{term.scheme.code}:{term.code}" for term in terms)),
        "rows": {
            name: [
                {field: _plain(getattr(row, field)) for field in row_fields(model)}
                for row in model._default_manager.filter(**{parent: full.pk})
            ]
            for name, (model, parent) in ROWS[listing.kind].items()
        },
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def keep_version(
    listing: Listing,
    *,
    by: User | None,
    restored_from: int | None = None,
    import_run: ImportRun | None = None,
) -> ListingVersion:
    """Keep what the listing says now as its newest version. Call it inside the transaction of the
    change, with the listing's row locked."""
    newest = ListingVersion.objects.filter(listing_id=listing.pk).aggregate(n=Max("number"))["n"]
    return ListingVersion.objects.create(
        listing_id=listing.pk,
        number=(newest or 0) + 1,
        content=snapshot(listing),
        by=by,
        restored_from=restored_from,
        import_run=import_run,
    )


def keep_first_version(listing: Listing) -> None:
    """Before a change: keep what the database holds of a listing that has no version yet."""
    if ListingVersion.objects.filter(listing_id=listing.pk).exists():
        return
    stored = type(listing)._default_manager.get(pk=listing.pk)
    ListingVersion.objects.create(
        listing_id=listing.pk,
        number=1,
        content=snapshot(stored),
        by=stored.created_by,
        at=stored.created_at,
    )
