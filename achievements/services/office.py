"""How an organisation's office looks after its listings: who does, and under which tags."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify, record_audit
from achievements.models import Listing, OfficeNote
from achievements.models.office import MAX_TAGS
from achievements.services.quality import rate_listing
from achievements.services.text import clean_words


@transaction.atomic
def assign_listing(listing: Listing, *, by: User, assignee: User | None) -> OfficeNote:
    """Let a member of the listing's organisation look after it, or nobody; returns the note.

    The colleague is told. Raises ValidationError for somebody who does not belong to the
    organisation. Audit event ``listing.assign``; nothing happens where nothing changes.
    """
    if assignee is not None and not _belongs(assignee, listing):
        raise ValidationError(
            _("Only members of the listing's organisation can look after it."), code="assignee"
        )
    note = _locked(listing)
    if note.assignee_id == (assignee.pk if assignee else None):
        return note
    note.assignee = assignee
    note.full_clean()
    note.save()
    rate_listing(listing)  # whether somebody can be asked counts
    event = record_audit(
        by=by,
        verb="listing.assign",
        obj=listing,
        organisation=listing.organisation,
        assignee=assignee.pk if assignee else None,
    )
    if assignee is not None and assignee.pk != by.pk:
        notify(
            recipients=[assignee],
            kind="listing_assigned",
            key=f"listing.assigned:{event.pk}",
            path=listing.get_absolute_url(),
            data={
                "title_en": listing.title_en,
                "title_zh": listing.title_zh,
                "title_listing": listing.pk,
                "by": str(by),
            },
        )
    return note


@transaction.atomic
def tag_listing(
    listing: Listing, *, by: User, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> OfficeNote:
    """Add and remove tags of the organisation's own; returns the note.

    Raises ValidationError for more than 20 tags or one that is too long. Audit event
    ``listing.tag``; nothing happens where nothing changes.
    """
    note = _locked(listing)
    gone = {word.casefold() for word in clean_words(list(remove))}
    tags = [tag for tag in note.tags if tag.casefold() not in gone]
    known = {tag.casefold() for tag in tags}
    tags += [word for word in clean_words(list(add)) if word.casefold() not in known]
    if tags == note.tags:
        return note
    if len(tags) > MAX_TAGS:
        message = _("Give a listing at most %(count)d tags.") % {"count": MAX_TAGS}
        raise ValidationError(message, code="max_length")
    note.tags = tags
    note.full_clean()
    note.save()
    record_audit(
        by=by, verb="listing.tag", obj=listing, organisation=listing.organisation, tags=tags
    )
    return note


def _locked(listing: Listing) -> OfficeNote:
    OfficeNote.objects.get_or_create(listing_id=listing.pk)
    return OfficeNote.objects.select_for_update().get(pk=listing.pk)


def _belongs(user: User, listing: Listing) -> bool:
    return user.is_active and user.memberships.filter(organisation=listing.organisation_id).exists()
