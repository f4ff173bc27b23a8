"""The lifecycle of a listing: draft → in review → published → expired, withdrawn or closed.

Every verb locks the row, checks that the state allows it, writes an audit event and tells higher
packages by ``listings_changed`` inside the same transaction.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.bilingual import localized
from accounts.models import User
from accounts.services import record_audit, record_audits
from achievements.models import Expert, Listing
from achievements.permissions import needs_no_review
from achievements.services.content import EditConflictError, is_version
from achievements.services.disclosures import check_embargo
from achievements.services.notices import tell_changed, tell_expired, tell_submitted
from achievements.services.quality import check_quality
from achievements.signals import listings_changed
from achievements.working_days import site_today

State = Listing.State

LIFETIME = timedelta(days=365)

# What may follow what. A rejected listing is a draft again; its review carries the reason.
TRANSITIONS: dict[str, dict[str, str]] = {
    "submit": {State.DRAFT: State.IN_REVIEW},
    "publish": {State.DRAFT: State.PUBLISHED},
    "approve": {State.IN_REVIEW: State.PUBLISHED},
    "reject": {State.IN_REVIEW: State.DRAFT},
    "take_down": {State.PUBLISHED: State.DRAFT, State.EXPIRED: State.DRAFT},
    "withdraw": {
        State.IN_REVIEW: State.WITHDRAWN,
        State.PUBLISHED: State.WITHDRAWN,
        State.EXPIRED: State.WITHDRAWN,
    },
    "close": {State.PUBLISHED: State.CLOSED, State.EXPIRED: State.CLOSED},
    "renew": {State.PUBLISHED: State.PUBLISHED, State.EXPIRED: State.PUBLISHED},
    "reopen": {State.WITHDRAWN: State.DRAFT, State.CLOSED: State.DRAFT},
    "expire": {State.PUBLISHED: State.EXPIRED},
    "restore": {State.DRAFT: State.PUBLISHED},
    "lapse": {State.PUBLISHED: State.IN_REVIEW},
}
# After these no change is left that a reviewer should look at.
_SETTLING = {"submit", "publish", "approve", "reject", "take_down", "restore"}


def allowed_verbs(listing: Listing) -> list[str]:
    """The lifecycle verbs that the listing's state allows, in the order of a life."""
    return [verb for verb, steps in TRANSITIONS.items() if listing.state in steps]


def move_listing(
    listing: Listing, verb: str, *, by: User | None, seen: str | None = None, **changes: Any
) -> Listing:
    """Lock, check, change and record one transition; must run inside a transaction.

    ``seen`` is the version somebody decided on: raises EditConflictError when it is not the
    present one, ValidationError when the state does not allow the verb.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    steps = TRANSITIONS[verb]
    if locked.state not in steps:
        raise ValidationError(
            _("This is not possible while the listing is in state “%(state)s”. Reload the page.")
            % {"state": locked.get_state_display()},
            code="state",
        )
    check_seen(locked, seen)
    if verb in _SETTLING:
        changes["edited_at"] = None
    before, locked.state = locked.state, steps[locked.state]
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.updated_at = timezone.now()
    locked.save(update_fields=["state", "updated_at", *changes])
    for name in ("state", "updated_at", *changes):
        setattr(listing, name, getattr(locked, name))
    record_audit(
        by=by,
        verb=f"listing.{verb}",
        obj=locked,
        organisation=locked.organisation,
        before=before,
        after=locked.state,
    )
    listings_changed.send(Listing, listing_ids=[locked.pk])
    return listing


def check_seen(listing: Listing, seen: str | None) -> None:
    """Raise EditConflictError unless ``seen`` is the present version; None asks for no check."""
    if seen is not None and not is_version(listing, seen):
        raise EditConflictError(
            _("This listing changed since you opened it. Look at it again before you decide."),
            code="state",
        )


# Of each kind, the texts of which one must be there before anybody is asked to judge it.
_MAIN_TEXTS = {
    "achievement": ("problem", "solution"),
    "demand": ("body",),
    "expert": ("expertise",),
}


def check_complete(listing: Listing) -> None:
    """Raise ValidationError, by field, when a draft says too little to be reviewed. A person needs
    no summary: lists of experts have none, and the expertise says as much."""
    full = getattr(listing, listing.kind) if type(listing) is Listing else listing
    errors = {}
    if listing.kind != Listing.Kind.EXPERT and not localized(full, "summary"):
        errors["summary_en"] = _("Sum it up in one sentence, in English or in Chinese.")
    names = _MAIN_TEXTS[listing.kind]
    if not any(localized(full, name) for name in names):
        errors[f"{names[-1]}_en"] = _("Describe it, in English or in Chinese.")
    if errors:
        raise ValidationError({name: [text] for name, text in errors.items()})


def publication() -> dict[str, Any]:
    """What a listing gets that goes public now, for a year."""
    now = timezone.now()
    return {
        "published_at": now,
        "expires_at": now + LIFETIME,
        "ended_at": None,
        "expiry_reminder": None,
    }


def admission(by: User | None) -> dict[str, Any]:
    """What an expert gets who is admitted now, for ``ADMISSION_YEARS``."""
    return {
        "admitted_by": by,
        "admitted_at": timezone.now(),
        "admitted_until": site_today() + timedelta(days=round(settings.ADMISSION_YEARS * 365.25)),
        "lapse_notice_on": None,
    }


def record_admission(listing: Listing, by: User | None) -> None:
    """Publishing an expert is admitting the person to the pool, for ``ADMISSION_YEARS``."""
    if listing.kind == Listing.Kind.EXPERT:
        Expert.objects.filter(pk=listing.pk).update(**admission(by))


@transaction.atomic
def submit_listing(listing: Listing, *, by: User) -> Listing:
    """Hand a draft to the reviewers, who are told; organisations trusted with it publish
    at once, and so do sealed demands, which no reviewer reads.

    Raises ValidationError unless it is a draft that says enough to be judged, and well enough
    where a minimum is set, and while the disclosure it was made of is under embargo.
    """
    check_complete(listing)
    check_quality(listing)
    check_embargo(listing)
    if needs_no_review(Listing.objects.select_for_update().get(pk=listing.pk)):
        return publish_listing(listing, by=by)
    move_listing(listing, "submit", by=by, submitted_at=timezone.now())
    tell_submitted(listing)
    return listing


@transaction.atomic
def publish_listing(listing: Listing, *, by: User | None, seen: str | None = None) -> Listing:
    """Publish a draft without review, for a year. Doors ask who may. Raises unless a draft, and
    EditConflictError when it is not the version ``seen``."""
    record_admission(listing, by)
    return move_listing(listing, "publish", by=by, seen=seen, **publication())


@transaction.atomic
def withdraw_listing(listing: Listing, *, by: User) -> Listing:
    """Take a listing out of every door at once."""
    return move_listing(listing, "withdraw", by=by, ended_at=timezone.now())


@transaction.atomic
def withdraw_listings(keys: Collection[int], *, by: User) -> list[int]:
    """Take many out of every door at once, as :func:`withdraw_listing` does one; returns those
    whose state allows it. The number of statements does not depend on how many there are."""
    rows = Listing.objects.select_for_update().filter(pk__in=keys)
    live = list(rows.filter(state__in=TRANSITIONS["withdraw"]).order_by("pk"))
    found, now = [listing.pk for listing in live], timezone.now()
    if not found:
        return []
    Listing.objects.filter(pk__in=found).update(state=State.WITHDRAWN, ended_at=now, updated_at=now)
    record_audits(
        by=by,
        verb="listing.withdraw",
        of=[(one, {"before": one.state, "after": State.WITHDRAWN.value}) for one in live],
    )
    listings_changed.send(Listing, listing_ids=found, texts=False)
    return found


@transaction.atomic
def close_listing(listing: Listing, *, by: User) -> Listing:
    """End a listing because it found its counterpart or is no longer needed."""
    return move_listing(listing, "close", by=by, ended_at=timezone.now())


@transaction.atomic
def renew_listing(listing: Listing, *, by: User | None) -> Listing:
    """Publish for another year from now, before or after expiry; the date of publication stays.

    Reviewers are told where it holds changes, made while it was expired, that none has seen.
    """
    move_listing(
        listing, "renew", by=by, expires_at=timezone.now() + LIFETIME, expiry_reminder=None
    )
    listing.refresh_from_db(fields=["edited_at"])
    if listing.edited_at is not None:
        tell_changed(listing)
    return listing


@transaction.atomic
def reopen_listing(listing: Listing, *, by: User) -> Listing:
    """Make a withdrawn or closed listing a draft again."""
    return move_listing(listing, "reopen", by=by, ended_at=None)


def expire_listings() -> int:
    """Move every published listing whose date has passed to “expired”; returns how many."""
    moved = 0
    for listing in Listing.objects.past_expiry().iterator(chunk_size=500):
        with transaction.atomic():
            still = Listing.objects.past_expiry().select_for_update(skip_locked=True)
            if still.filter(pk=listing.pk).exists():
                move_listing(listing, "expire", by=None)
                tell_expired(listing)
                moved += 1
    return moved
