"""Appeals: the owner objects to a take-down, once; another reviewer decides within five working
days."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_audit
from achievements.models import Appeal, Listing, Review
from achievements.services.content import parent_of
from achievements.services.lifecycle import move_listing, publication
from achievements.services.moderation_notices import tell_appeal_decided, tell_appealed
from achievements.services.text import clean_text
from achievements.working_days import due_date, site_today


def appealable(listing: Listing) -> Review | None:
    """The take-down that the listing's owner may object to: the latest decision on a listing that
    is still the draft it was made, to which nobody has objected."""
    if listing.state != Listing.State.DRAFT:
        return None
    latest = Review.objects.filter(listing=listing.pk).select_related("appeal").first()
    if latest is None or latest.verdict != Review.Verdict.TAKEN_DOWN or hasattr(latest, "appeal"):
        return None
    return latest


@transaction.atomic
def appeal_take_down(listing: Listing, *, by: User, statement: str) -> Appeal:
    """Object to the latest take-down of a listing; the other reviewers are told.

    Raises ValidationError where there is nothing to object to, or somebody has already.
    """
    Listing.objects.select_for_update().get(pk=listing.pk)
    review = appealable(listing)
    if review is None:
        raise ValidationError(
            _("There is no take-down of this listing that you could still object to."),
            code="state",
        )
    appeal = Appeal(review=review, by=by, statement=clean_text(statement), due_on=due_date())
    appeal.full_clean()
    appeal.save()
    record_audit(
        by=by, verb="listing.appeal", obj=parent_of(listing), organisation=listing.organisation
    )
    tell_appealed(appeal)
    return appeal


@transaction.atomic
def decide_appeal(
    appeal: Appeal, *, by: User, granted: bool, answer: str = "", seen: str | None = None
) -> Appeal:
    """Publish the listing again, or let the take-down stand; its owners are told, with the answer.

    A listing that was published keeps its date of expiry while that lies ahead. Raises
    PermissionDenied for the reviewer who took it down, ValidationError when it was decided before,
    the listing is no draft any more, or an appeal is declined without a word; EditConflictError
    when the listing changed since ``seen``.
    """
    locked = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("review__listing__organisation", "review__listing__created_by", "by")
        .get(pk=appeal.pk)
    )
    review, listing = locked.review, locked.review.listing
    if review.by_id == by.pk:
        raise PermissionDenied
    if locked.decided_at is not None:
        raise ValidationError(_("This appeal has already been decided."), code="state")
    locked.answer = clean_text(answer)
    if not granted and not locked.answer:
        raise ValidationError({"answer": [_("Say why the decision stands.")]})
    locked.granted, locked.decided_by, locked.decided_at = granted, by, timezone.now()
    locked.full_clean()
    locked.save()
    if granted:
        move_listing(listing, "restore", by=by, seen=seen, **_dates(listing))
        Review.objects.create(
            listing=listing, verdict=Review.Verdict.APPROVED, note=locked.answer, by=by
        )
    else:
        record_audit(
            by=by,
            verb="listing.appeal_decline",
            obj=listing,
            organisation=listing.organisation,
        )
    tell_appeal_decided(locked)
    return locked


def _dates(listing: Listing) -> dict[str, object]:
    """The dates it had, or a new year where they are over."""
    if listing.published_at and listing.expires_at and listing.expires_at > timezone.now():
        return {}
    return publication()


def recall_appeals(*, batch: int = 200) -> int:
    """Remind the reviewers of open appeals on their last day; returns how many. Each once."""
    told = 0
    for pk in list(
        Appeal.objects.to_be_recalled(site_today()).values_list("pk", flat=True)[:batch]
    ):
        with transaction.atomic():
            due = Appeal.objects.to_be_recalled(site_today()).filter(pk=pk)
            appeal = due.select_for_update(skip_locked=True, of=("self",)).first()
            if appeal is None:
                continue
            appeal.reminded_at = timezone.now()
            appeal.save(update_fields=["reminded_at"])
            tell_appealed(appeal, again=True)
            told += 1
    return told
