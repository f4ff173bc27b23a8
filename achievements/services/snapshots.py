"""Keeping what a listing says at each saving; comparing and restoring are in `versions`."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Max, Model

from accounts.models import User
from achievements.models import ImportRun, Listing, ListingVersion, Term
from achievements.services.writing import ROWS, content_fields, row_fields


def snapshot(listing: Listing) -> dict[str, Any]:
    """Everything that people fill in, as plain JSON values: ``values``, ``fields``, ``rows``."""
    full: Any = getattr(listing, listing.kind) if type(listing) is Listing else listing
    terms = full.fields.select_related("scheme").order_by("scheme__code", "code")
    rows = {
        name: model._default_manager.filter(**{parent: full.pk})
        for name, (model, parent) in ROWS[listing.kind].items()
    }
    return _content(full, terms, rows)


def snapshots(kind: str, keys: Collection[int]) -> dict[int, dict[str, Any]]:
    """The :func:`snapshot` of several listings of one kind, by key; a query for each relation."""
    model: type[Listing] = Listing._meta.get_field(kind).related_model  # type: ignore[assignment]
    found = model._default_manager.filter(pk__in=keys)
    contents = {}
    for full in found.prefetch_related("fields__scheme", *ROWS[kind]):
        terms = sorted(full.fields.all(), key=lambda term: (term.scheme.code, term.code))
        rows = {name: getattr(full, name).all() for name in ROWS[kind]}
        contents[full.pk] = _content(full, terms, rows)
    return contents


def _content(
    full: Listing, terms: Iterable[Term], rows: Mapping[str, Iterable[Model]]
) -> dict[str, Any]:
    return {
        "values": {name: plain_value(getattr(full, at)) for name, at in _columns(type(full))},
        "fields": list(dict.fromkeys(f"{term.scheme.code}:{term.code}" for term in terms)),
        "rows": {
            name: [
                {field: plain_value(getattr(row, field)) for field in row_fields(type(row))}
                for row in found
            ]
            for name, found in rows.items()
        },
    }


@cache
def _columns(model: type[Listing]) -> list[tuple[str, str]]:
    """Name and attribute of each field: a region is named by its key, which needs no query."""
    fields = ((name, model._meta.get_field(name)) for name in content_fields(model))
    return [(name, getattr(field, "attname", name)) for name, field in fields]


def plain_value(value: Any) -> Any:
    """A field's value as JSON holds it: keys, amounts without idle zeros, dates as text."""
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


def keep_versions(
    kind: str, keys: Collection[int], *, by: User | None, import_run: ImportRun | None = None
) -> None:
    """:func:`keep_version` for several listings of one kind; a query for each relation."""
    rows = ListingVersion.objects.filter(listing__in=keys).values("listing").order_by()
    newest = dict(rows.annotate(newest=Max("number")).values_list("listing", "newest"))
    ListingVersion.objects.bulk_create(
        ListingVersion(
            listing_id=key,
            number=newest.get(key, 0) + 1,
            content=content,
            by=by,
            import_run=import_run,
        )
        for key, content in snapshots(kind, keys).items()
    )


def keep_first_versions(kind: str, keys: Collection[int]) -> None:
    """:func:`keep_first_version` for several listings of one kind; a query for each relation."""
    kept = ListingVersion.objects.filter(listing__in=keys).order_by()
    new = set(keys) - set(kept.values_list("listing", flat=True))
    if not new:
        return
    contents = snapshots(kind, new)
    made = Listing.objects.filter(pk__in=new).values_list("pk", "created_by", "created_at")
    ListingVersion.objects.bulk_create(
        ListingVersion(listing_id=key, number=1, content=contents[key], by_id=by, at=at)
        for key, by, at in made
    )
