"""What reviewers decide: moderators on achievements and demands, curators on experts.

A decision holds for the version that was seen: each verb takes ``seen``, the listing's ``version``
when the reviewer opened it, and raises EditConflictError when the listing has changed since.
"""

from django.db import transaction

from accounts.models import User
from achievements.models import Listing, Review
from achievements.services.lifecycle import move_listing, publication, record_admission
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
    review = _review(listing, by, Review.Verdict.REJECTED, reason, note)
    move_listing(listing, "reject", by=by, seen=seen)
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
