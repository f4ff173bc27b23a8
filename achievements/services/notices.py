"""Telling people what happened to a listing, each thing once."""

from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import administrator_recipients, notify
from accounts.services.notifications import organisation_recipients
from achievements.models import Claim, Expert, ImportRun, Listing, Review
from achievements.services.renewal import renewal_token

REMINDERS = (30, 7)  # days before expiry, the earliest first


def owners_of(listing: Listing) -> list[User]:
    """Who is told about a listing: its organisation's owners and editors, the person it describes.

    A listing without either goes to whoever created it.
    """
    people = {}
    if listing.organisation is not None:
        people = {user.pk: user for user in organisation_recipients(listing.organisation)}
    if listing.kind == Listing.Kind.EXPERT:
        for user in User.objects.filter(is_active=True, expert=listing.pk):
            people[user.pk] = user
    creator = listing.created_by
    if not people and creator is not None and creator.is_active:
        people[creator.pk] = creator
    return list(people.values())


def reviewers_of(listing: Listing) -> list[User]:
    """Who decides on a submitted listing: curators on experts, moderators on the rest.

    Nobody who belongs to its organisation; superusers where there is no one else.
    """
    expert = listing.kind == Listing.Kind.EXPERT
    role: Literal["curator", "moderator"] = "curator" if expert else "moderator"
    return administrator_recipients(role, outside=listing.organisation)


def about(listing: Listing, **more: Any) -> dict[str, Any]:
    """Values for the templates: the title in both languages and no organisation, ever."""
    return {
        "title_en": listing.title_en,
        "title_zh": listing.title_zh,
        "title_listing": listing.pk,
        "listing_kind": listing.kind,
        **more,
    }


def tell_submitted(listing: Listing) -> None:
    """A listing waits for the reviewers."""
    notify(
        recipients=reviewers_of(listing),
        kind="listing_submitted",
        key=f"listing.submitted:{listing.pk}:{listing.updated_at.timestamp():.0f}",
        path=reverse(f"achievements:{listing.kind}_detail", args=[listing.pk]),
        data=about(listing),
    )


def tell_changed(listing: Listing) -> None:
    """A live listing holds changes that no reviewer has seen."""
    changed = listing.edited_at or listing.updated_at
    notify(
        recipients=reviewers_of(listing),
        kind="listing_changed",
        key=f"listing.changed:{listing.pk}:{changed.timestamp():.0f}",
        path=reverse(f"achievements:{listing.kind}_detail", args=[listing.pk]),
        data=about(listing),
    )


def tell_imported(run: ImportRun, listing: Listing) -> None:
    """An import brought listings, such as this one, that wait for the reviewers; told once each."""
    expert = listing.kind == Listing.Kind.EXPERT
    notify(
        recipients=reviewers_of(listing),
        kind="listings_imported",
        key=f"import.review:{run.pk}",
        path=reverse("achievements:expert_pool" if expert else "achievements:moderation_queue"),
        data={"listing_kind": listing.kind},
    )


def tell_reviewed(listing: Listing, review: Review) -> None:
    """The reviewers have decided; a rejection says why."""
    notify(
        recipients=owners_of(listing),
        kind=f"listing_{review.verdict}",
        key=f"listing.reviewed:{review.pk}",
        path=reverse(f"achievements:{listing.kind}_detail", args=[listing.pk]),
        data=about(listing, reason=review.reason, note=review.note),
    )


def tell_endorsed(listing: Listing, review: Review) -> None:
    """The other reviewers hear that a first one has found a submitted listing good."""
    notify(
        recipients=[user for user in reviewers_of(listing) if user.pk != review.by_id],
        kind="listing_endorsed",
        key=f"listing.endorsed:{review.pk}",
        path=reverse(f"achievements:{listing.kind}_detail", args=[listing.pk]),
        data=about(listing, note=review.note),
    )


def tell_expired(listing: Listing) -> None:
    """A listing has expired; it can still be renewed."""
    _offer_renewal(listing, "listing_expired", "listing.expired")


def _offer_renewal(listing: Listing, kind: str, key: str) -> None:
    """Each owner gets a link of their own, which works without signing in."""
    if listing.expires_at is None:
        return
    days = max(0, (listing.expires_at - timezone.now()).days)
    for user in owners_of(listing):
        token = renewal_token(listing, user)
        path = reverse("achievements:listing_renew_by_link", args=[token])
        notify(
            recipients=[user],
            kind=kind,
            key=f"{key}:{listing.pk}:{listing.expires_at:%Y%m%d%H%M}",
            path=path,
            data=about(
                listing,
                days=days,
                expires_on=listing.expires_at.date().isoformat(),
                renew_url=f"{settings.SITE_URL}{path}",
            ),
        )


def remind_of_expiry(*, batch: int = 500) -> int:
    """Remind the owners of listings that expire in 30 and again in 7 days; returns how many.

    A listing published for less than that is reminded of the nearer date only. Running it twice
    tells nothing twice.
    """
    told = 0
    for days in sorted(REMINDERS):
        due = Listing.objects.expiring_within(days).values_list("pk", flat=True)
        for pk in list(due[:batch]):
            with transaction.atomic():
                rows = Listing.objects.expiring_within(days).select_for_update(skip_locked=True)
                listing = rows.filter(pk=pk).first()
                if listing is None:
                    continue
                _offer_renewal(listing, "listing_expiring", f"listing.expiring.{days}")
                # Not a change of content: whatever was derived from the listing stays fresh.
                Listing.objects.filter(pk=pk).update(expiry_reminder=days)
                told += 1
    return told


def tell_claim_made(claim: Claim) -> None:
    """Curators hear that a user says to be an expert of the pool."""
    curators = User.objects.filter(Q(is_curator=True) | Q(is_superuser=True), is_active=True)
    notify(
        recipients=list(curators.exclude(pk=claim.user_id).order_by("pk")),
        kind="expert_claim_made",
        key=f"expert.claim:{claim.pk}",
        path=reverse("achievements:expert_pool"),
        data=about(claim.expert, statement=claim.statement),
    )


def tell_claim_decided(claim: Claim) -> None:
    """The user hears what a curator decided on the claim."""
    notify(
        recipients=[claim.user],
        kind="expert_claim_decided",
        key=f"expert.claim.decided:{claim.pk}",
        path=reverse("achievements:expert_detail", args=[claim.expert_id]),
        data=about(claim.expert, accepted=claim.accepted),
    )


def tell_admitted(expert: Expert) -> None:
    """The person of a profile hears that it is in the pool now."""
    notify(
        recipients=owners_of(expert),
        kind="listing_approved",
        key=f"expert.admitted:{expert.pk}:{expert.updated_at.timestamp():.0f}",
        path=reverse("achievements:expert_detail", args=[expert.pk]),
        data=about(expert, reason="", note=""),
    )
