"""The shortlist of an organisation: what its members put on it, with notes of their own."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.services import record_audit
from achievements.models import Listing
from matching.models import ShortlistEntry

MOST = 200  # listings on one shortlist


@transaction.atomic
def add_to_shortlist(
    *, listing: Listing, organisation: Organisation, by: User, note: str = ""
) -> ShortlistEntry:
    """Put a listing on the organisation's list; one that is there stays as it is.

    Nobody else is told. Raises ValidationError when the list is full.
    """
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    rows = ShortlistEntry.objects.filter(organisation=organisation)
    there = rows.filter(listing=listing.pk).first()
    if there is not None:
        return there
    if rows.count() >= MOST:
        raise ValidationError(
            _("Your shortlist holds %(count)s listings, which is the most. Remove one first.")
            % {"count": MOST}
        )
    entry = ShortlistEntry(
        organisation=organisation, listing_id=listing.pk, note=note.strip(), added_by=by
    )
    entry.full_clean()
    entry.save()
    record_audit(
        by=by, verb="shortlist.add", obj=entry, organisation=organisation, listing=listing.pk
    )
    return entry


@transaction.atomic
def note_on_shortlist(entry: ShortlistEntry, *, by: User, note: str) -> ShortlistEntry:
    """Change the note, which only members of the organisation read; the audit does not keep it."""
    entry = ShortlistEntry.objects.select_for_update().get(pk=entry.pk)
    entry.note = note.strip()
    entry.full_clean()
    entry.save(update_fields=["note"])
    record_audit(by=by, verb="shortlist.note", obj=entry, organisation=entry.organisation)
    return entry


@transaction.atomic
def remove_from_shortlist(entry: ShortlistEntry, *, by: User) -> None:
    """Take a listing off the list, and its note with it."""
    record_audit(
        by=by,
        verb="shortlist.remove",
        obj=entry,
        organisation=entry.organisation,
        listing=entry.listing_id,
    )
    entry.delete()
