"""Listings that have gone stale: finding them, asking their owners by one click, their answer."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify, record_audit
from achievements.models import Listing, OwnerAsk
from achievements.querysets import ListingQuerySet
from achievements.querysets.stale import PARTS, any_stale, with_stale_parts
from achievements.services.content import parent_of
from achievements.services.notices import about, owners_of
from achievements.signals import unanswered_wanted

ASK_AGAIN = timedelta(days=30)
_MONTH = timedelta(days=30.44)


def stale_listings(rows: ListingQuerySet, part: str = "") -> Any:
    """Those of the published listings that are stale (in one part: price, figures, contact,
    reply, or nobody), with ``stale_…`` for each and ``asked_at``; the longest unchanged first."""
    before = timezone.now() - settings.STALE_MONTHS * _MONTH
    found = with_stale_parts(rows.published(), before=before, unanswered=_owing_replies())
    return found.filter(any_stale(part)).order_by("held_at", "pk")


def _owing_replies() -> set[int]:
    before: datetime = timezone.now() - timedelta(days=settings.STALE_REPLY_DAYS)
    answers: list[tuple[Any, Any]] = unanswered_wanted.send(sender=None, before=before)
    return {pk for _receiver, found in answers for pk in found}


def stale_parts(listing: Any) -> list[str]:
    """What is stale of a listing that :func:`stale_listings` found."""
    return [name for name in PARTS if getattr(listing, f"stale_{name}")]


@transaction.atomic
def ask_owner(listing: Listing, *, by: User) -> OwnerAsk:
    """Ask the owners of a stale listing whether it still holds; they are told, with a page on which
    one click answers.

    An open question is asked again after 30 days. Raises ValidationError where nothing is stale,
    nobody can be asked, or it was asked a short while ago.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    found = stale_listings(Listing.objects.filter(pk=locked.pk), "all").first()
    if found is None:
        raise ValidationError(_("Nothing of this listing is stale any more."), code="state")
    open_ask = OwnerAsk.objects.filter(listing=locked, answered_at__isnull=True).first()
    if open_ask is not None and open_ask.asked_at > timezone.now() - ASK_AGAIN:
        raise ValidationError(_("Its owner was asked less than 30 days ago."), code="state")
    people = [] if found.stale_nobody else owners_of(locked)
    if not people:
        raise ValidationError(
            _(
                "Nobody of the organisation has an account here, so nobody can be asked. Write to "
                "it, or take the listing down."
            ),
            code="state",
        )
    ask = open_ask or OwnerAsk(listing=locked)
    ask.by, ask.asked_at, ask.reasons = by, timezone.now(), stale_parts(found)
    ask.full_clean()
    ask.save()
    record_audit(
        by=by,
        verb="listing.ask_owner",
        obj=locked,
        organisation=locked.organisation,
        reasons=ask.reasons,
    )
    notify(
        recipients=people,
        kind="listing_stale",
        key=f"listing.stale:{ask.pk}:{ask.asked_at.timestamp()}",
        path=reverse(f"achievements:{locked.kind}_detail", args=[locked.pk]),
        data=about(locked, reasons=ask.reasons),
    )
    return ask


def open_asks_of(listing: Listing) -> QuerySet[OwnerAsk]:
    """What waits for the listing's owner, the latest first; a change of the listing has answered
    it."""
    asks = OwnerAsk.objects.filter(listing=listing.pk, answered_at__isnull=True)
    return asks.filter(asked_at__gte=listing.updated_at)


@transaction.atomic
def confirm_still_valid(listing: Listing, *, by: User) -> Listing:
    """The owner says that a listing still holds as it stands; its price and figures count as of
    today. Its content stays, so nothing derived from it is made anew.

    Raises ValidationError unless it is published.
    """
    locked = Listing.objects.select_for_update().get(pk=listing.pk)
    if locked.state != Listing.State.PUBLISHED:
        raise ValidationError(_("Only a published listing can be confirmed."), code="state")
    now = timezone.now()
    ask = OwnerAsk.objects.filter(listing=locked, answered_at__isnull=True).first()
    ask = ask or OwnerAsk(listing=locked, by=by, asked_at=now, reasons=[OwnerAsk.Reason.FIGURES])
    ask.answered_by, ask.answered_at = by, now
    ask.full_clean()
    ask.save()
    record_audit(
        by=by,
        verb="listing.still_valid",
        obj=parent_of(locked),
        organisation=locked.organisation,
    )
    return listing
