"""What reviewers decide: moderators on achievements and demands, curators on experts.

A decision holds for the version that was seen: each verb takes ``seen``, the listing's ``version``
when the reviewer opened it, and raises EditConflictError when the listing has changed since.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import Listing, Review
from achievements.services.edits import unseen_changes
from achievements.services.lifecycle import (
    check_seen,
    move_listing,
    publication,
    record_admission,
)
from achievements.services.notices import tell_reviewed
from achievements.services.text import clean_text


@transaction.atomic
def approve_listing(
    listing: Listing, *, by: User, note: str = "", seen: str | None = None
) -> Listing:
    """A moderator (for experts a curator) publishes a submitted listing for a year.

    The owners are told. Raises ValidationError in other states, EditConflictError as above.
    """
    review = _review(listing, by, Review.Verdict.APPROVED, "", note)
    record_admission(listing, by)
    move_listing(listing, "approve", by=by, seen=seen, **publication())
    review.save()
    tell_reviewed(listing, review)
    return listing


@transaction.atomic
def reject_listing(
    listing: Listing, *, by: User, reason: str, note: str = "", seen: str | None = None
) -> Listing:
    """Send a submitted listing back to draft with a reason from the closed list.

    The owners are told both. Raises ValidationError without a reason, EditConflictError as above.
    """
    return _send_back(listing, "reject", Review.Verdict.REJECTED, by, reason, note, seen)


@transaction.atomic
def take_down_listing(
    listing: Listing, *, by: User, reason: str, note: str = "", seen: str | None = None
) -> Listing:
    """Make a published or expired listing a draft again, with a reason from the closed list.

    The owners are told both. Raises ValidationError without a reason, EditConflictError as above.
    """
    return _send_back(listing, "take_down", Review.Verdict.TAKEN_DOWN, by, reason, note, seen)


@transaction.atomic
def confirm_changes(
    listing: Listing, *, by: User, note: str = "", seen: str | None = None
) -> Listing:
    """A reviewer has looked at what its owner changed after publication, and it stays.

    Nothing of the content changes, so nobody is told. Audit event ``listing.confirm`` names what
    had changed. Raises ValidationError where nothing waits, EditConflictError as above.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    if locked.state != Listing.State.PUBLISHED or locked.edited_at is None:
        raise ValidationError(
            _("No change of this listing waits for a reviewer. Reload the page."), code="state"
        )
    check_seen(locked, seen)
    review = _review(listing, by, Review.Verdict.APPROVED, "", note)
    changed = unseen_changes([locked])[locked.pk]
    locked.edited_at = listing.edited_at = None
    locked.save(update_fields=["edited_at"])
    review.save()
    record_audit(
        by=by,
        verb="listing.confirm",
        obj=locked,
        organisation=locked.organisation,
        changed=changed,
    )
    return listing


def _send_back(
    listing: Listing, verb: str, verdict: str, by: User, reason: str, note: str, seen: str | None
) -> Listing:
    """To draft again; the owners read why."""
    review = _review(listing, by, verdict, reason, note)
    move_listing(listing, verb, by=by, seen=seen)
    review.save()
    tell_reviewed(listing, review)
    return listing


def _review(listing: Listing, by: User, verdict: str, reason: str, note: str) -> Review:
    """The checked, unsaved decision."""
    review = Review(
        listing_id=listing.pk, by=by, verdict=verdict, reason=reason, note=clean_text(note)
    )
    review.full_clean(exclude=["listing"])
    return review
