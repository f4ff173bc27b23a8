"""What reviewers decide: moderators on achievements and demands, curators on experts.

A decision holds for the version that was seen: each verb takes ``seen``, the listing's ``version``
when the reviewer opened it, and raises EditConflictError when the listing has changed since.
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
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
from achievements.services.notices import tell_endorsed, tell_reviewed
from achievements.services.text import clean_text


@transaction.atomic
def approve_listing(
    listing: Listing, *, by: User, note: str = "", seen: str | None = None
) -> Listing:
    """A moderator (for experts a curator) publishes a submitted listing for a year.

    The owners are told. Where ``REVIEW_STEPS`` is 2, the first reviewer's yes only endorses it: it
    stays in review until another reviewer agrees, or it is changed and has to be read anew. Raises
    ValidationError in other states and for the same reviewer's second yes, EditConflictError as
    above.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    if needs_endorsement(locked):
        return _endorse(listing, by, note, seen)
    endorsed = endorsement_of(listing) if settings.REVIEW_STEPS > 1 else None
    if endorsed is not None and endorsed.by_id == by.pk:
        raise ValidationError(
            _("You have found it good already. Another reviewer has to agree."), code="state"
        )
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


def endorsement_of(listing: Listing) -> Review | None:
    """The first reviewer's yes to the present version of a submitted listing."""
    endorsed = Review.objects.filter(
        listing=listing.pk, verdict=Review.Verdict.ENDORSED, at__gte=F("listing__updated_at")
    )
    return endorsed.select_related("by").first()


def needs_endorsement(listing: Listing) -> bool:
    """Whether a yes to this submitted listing is the first of two that are asked for."""
    return (
        settings.REVIEW_STEPS > 1
        and listing.state == Listing.State.IN_REVIEW
        and endorsement_of(listing) is None
    )


def _endorse(listing: Listing, by: User, note: str, seen: str | None) -> Listing:
    """The first of two reviewers: nothing is published, the others are told."""
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    check_seen(locked, seen)
    review = _review(locked, by, Review.Verdict.ENDORSED, "", note)
    review.save()
    locked.edited_at = listing.edited_at = None
    locked.save(update_fields=["edited_at"])
    record_audit(by=by, verb="listing.endorse", obj=locked, organisation=locked.organisation)
    tell_endorsed(locked, review)
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
