"""Questions about introductions; who may read one is decided here."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse

from accounts.models import Notification
from achievements.models import Listing

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.querysets import AnyUser


def _begun_by(user: "User") -> Q:
    """The side that began: the organisation's members, or the person where there is none."""
    mine = user.memberships.values("organisation")
    return Q(sender_organisation__in=mine) | Q(sender=user, sender_organisation__isnull=True)


def _addressed_to(user: "User") -> Q:
    """The side written to: the organisation's members, the expert, or the curators."""
    seen = Q(recipient_organisation__in=user.memberships.values("organisation"))
    seen |= Q(recipient=user)
    if user.curates:
        seen |= Q(to_curators=True)
    return seen


class IntroductionQuerySet(models.QuerySet):
    """Questions about introductions."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Both sides' members, and people who write or are written to without an organisation.

        Nobody else, administrators included; what goes to the curators is read by all of them.
        Whoever leaves an organisation leaves its threads.
        """
        if not user.is_authenticated:
            return self.none()
        return self.filter(_begun_by(user) | _addressed_to(user))

    def sent_by(self, user: "AnyUser") -> Self:
        """Those that the user's side began."""
        return self.filter(_begun_by(user)) if user.is_authenticated else self.none()

    def received_by(self, user: "AnyUser") -> Self:
        """Those that the user's side was written to in."""
        return self.filter(_addressed_to(user)) if user.is_authenticated else self.none()

    def with_unread(self, user: "User") -> Self:
        """Annotate ``unread``: the user was told of a message and has not opened the thread."""
        before, _, after = reverse("deals:introduction_detail", args=[0]).partition("0")
        path = Concat(Value(before), Cast(OuterRef("pk"), CharField()), Value(after))
        told = Notification.objects.for_user(user).unread().filter(path=path).order_by()
        return self.annotate(unread=Exists(told))

    def with_parties(self, user: "AnyUser") -> Self:
        """Everything that naming the two sides needs, in one query.

        Annotates ``listing_shown``: whether the user may see the listing today. The text of a
        listing that was withdrawn is not shown in its threads.
        """
        shown = Listing.objects.visible_to(user).filter(pk=OuterRef("listing"))
        return self.select_related(
            "listing", "sender", "sender_organisation", "recipient", "recipient_organisation"
        ).annotate(listing_shown=Exists(shown))


class MessageQuerySet(models.QuerySet):
    """Questions about messages."""

    def written_since(self, user: "User", moment: datetime) -> Self:
        """What the user wrote after ``moment``."""
        return self.filter(author=user, sent_at__gt=moment)


class PortfolioViewQuerySet(models.QuerySet):
    """Questions about saved views of portfolios."""

    def visible_to(self, user: "AnyUser") -> Self:
        """The user's own, and those shared in the user's organisations."""
        if not user.is_authenticated:
            return self.none()
        organisations = user.memberships.values("organisation")
        return self.filter(Q(user=user) | Q(shared=True), organisation__in=organisations)
