"""Writing what a listing says: its fields and its rows, in one transaction.

Pages, API and importer all come here, so what one of them refuses the others refuse too.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import record_audit
from accounts.storage import delete_after_commit
from achievements.models import Expert, Listing
from achievements.services.edits import note_edit
from achievements.services.quality import rate_listing
from achievements.services.snapshots import keep_first_version, keep_version
from achievements.services.writing import Rows, write_content
from achievements.signals import listings_changed

AnyListing = TypeVar("AnyListing", bound=Listing)

_EDITABLE_STATES = (
    Listing.State.DRAFT,
    Listing.State.IN_REVIEW,
    Listing.State.PUBLISHED,
    Listing.State.EXPIRED,
)


class EditConflictError(ValidationError):
    """Somebody else changed the listing after this user had opened it."""


def parent_of(listing: Listing) -> Listing:
    """The row of the table that all kinds share; what the audit names. Costs no query."""
    return listing if type(listing) is Listing else listing.listing_ptr  # type: ignore[attr-defined]


@transaction.atomic
def create_listing(
    model: type[AnyListing],
    *,
    by: User | None,
    organisation: Organisation | None,
    values: Mapping[str, Any],
    rows: Rows | None = None,
    is_sample: bool = False,
) -> AnyListing:
    """Write a new draft of one kind; returns it.

    ``values`` holds content fields and ``fields`` (terms); ``rows`` maps a relation (``evidence``,
    ``ip_rights``, ``inventors``, ``requirements``) to dictionaries in their order. Quantities are
    recognised by the vocabulary. Raises ValidationError whose keys are field names or
    ``relation.number.field``; then nothing is written. Audit event ``listing.create``.
    """
    listing = model(
        kind=model._meta.model_name,
        organisation=organisation,
        created_by=by,
        is_sample=is_sample,
    )
    write_content(listing, values, rows or {}, by=by)
    rate_listing(listing)
    keep_version(listing, by=by)
    record_audit(by=by, verb="listing.create", obj=parent_of(listing), organisation=organisation)
    listings_changed.send(Listing, listing_ids=[listing.pk])
    return listing


@transaction.atomic
def update_listing(
    listing: AnyListing,
    *,
    by: User | None,
    values: Mapping[str, Any],
    rows: Rows | None = None,
    seen: str | None = None,
    restored_from: int | None = None,
) -> AnyListing:
    """Change what a listing says; what ``values`` and ``rows`` do not name stays as it is.

    A relation that is named is replaced as a whole. When nothing differs, nothing is written and
    ``updated_at`` stays. ``seen`` is the ``version`` of what the user started from: raises
    EditConflictError when it has changed since. Raises ValidationError as :func:`create_listing`
    does, and when the state allows no change. Audit event ``listing.update`` names what changed.
    What was submitted or published goes before a reviewer again, see ``note_edit``. Every change
    is kept as a version; ``restored_from`` is the number of the one it goes back to.
    """
    Listing.objects.select_for_update().get(pk=listing.pk)
    fresh = cast("AnyListing", type(listing)._default_manager.get(pk=listing.pk))
    check_editable(fresh, seen)
    keep_first_version(fresh)
    changed = write_content(fresh, values, rows or {}, by=by)
    if changed:
        note_edit(fresh, by=by)
        rate_listing(fresh)
        keep_version(fresh, by=by, restored_from=restored_from)
        record_audit(
            by=by,
            verb="listing.update",
            obj=parent_of(fresh),
            organisation=fresh.organisation,
            changed=changed,
        )
        listings_changed.send(Listing, listing_ids=[fresh.pk])
    return fresh


@transaction.atomic
def discard_listing(listing: Listing, *, by: User) -> None:
    """Remove a draft that was never published, with its rows and files.

    Raises ValidationError for anything else: what was public is withdrawn, not removed.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    if locked.state != Listing.State.DRAFT or locked.published_at is not None:
        raise ValidationError(
            _(
                "Only a draft that was never published can be deleted. "
                "Withdraw the listing instead."
            ),
            code="state",
        )
    for attachment in locked.attachments.all():
        delete_after_commit(attachment.file)
    record_audit(by=by, verb="listing.discard", obj=locked, organisation=locked.organisation)
    locked.delete()


def check_editable(listing: Listing, seen: str | None = None) -> None:
    """Raise ValidationError where the state allows no change; EditConflictError, see above."""
    if listing.state not in _EDITABLE_STATES:
        raise ValidationError(
            _("A listing in state “%(state)s” cannot be changed. Reopen it first.")
            % {"state": listing.get_state_display()},
            code="state",
        )
    if isinstance(listing, Expert) and listing.merged_into_id is not None:
        raise ValidationError(
            _("This profile was merged into another and cannot be changed."), code="state"
        )
    if seen and not is_version(listing, seen):
        raise EditConflictError(
            _(
                "Somebody else changed this listing while you were working on it. Nothing of yours "
                "is lost: compare it with the current version, then save again to keep yours."
            ),
            code="state",
        )


def is_version(listing: Listing, seen: str) -> bool:
    """Whether ``seen`` names the present content, in whatever time zone it was written."""
    return _moment(seen) == listing.updated_at


def _moment(seen: str) -> datetime | None:
    try:
        return datetime.fromisoformat(seen)
    except ValueError:
        return None
