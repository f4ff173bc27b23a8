"""Questions about people, organisations and what they are told."""

from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypeAlias

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone

from accounts.bilingual import reader_language
from accounts.rhythm import latest_digest

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Member, User

    AnyUser: TypeAlias = User | AnonymousUser


class CheckedFileQuerySet(models.QuerySet):
    """Questions about files that a virus scanner looks at."""

    def awaiting_check(self) -> Self:
        """Held until the scanner has found them clean."""
        return self.filter(virus_check="waiting")


class RegionQuerySet(models.QuerySet):
    """Questions about regions."""

    def countries(self) -> Self:
        """Those that are not part of another."""
        return self.filter(parent__isnull=True)


class OrganisationQuerySet(models.QuerySet):
    """Questions about organisations."""

    def by_name(self) -> Self:
        """Ordered by the name in the reader's language, or the other one where it is empty."""
        wanted, other = ("zh", "en") if reader_language() == "zh" else ("en", "zh")
        return self.order_by(Coalesce(NullIf(f"name_{wanted}", Value("")), f"name_{other}"), "pk")

    def awaiting_verification(self) -> Self:
        """Neither verified nor declined by a moderator, the longest waiting first."""
        waiting = self.filter(verified_at__isnull=True, declined_at__isnull=True)
        return waiting.order_by("created_at", "pk")

    def verified(self) -> Self:
        """Those an administrator has verified."""
        return self.filter(verified_at__isnull=False)

    def of(self, user: "AnyUser") -> Self:
        """Those the user belongs to, in any role."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(members__user=user)

    def visible_to(self, user: "AnyUser") -> Self:
        """Verified ones are public; others are seen by their members and by administrators."""
        if not user.is_authenticated:
            return self.verified()
        if user.is_administrator:
            return self.all()
        mine = Q(pk__in=user.memberships.values("organisation"))
        return self.filter(Q(verified_at__isnull=False) | mine)


class InvitationQuerySet(models.QuerySet):
    """Questions about invitations."""

    def open(self) -> Self:
        """Neither accepted nor past their date."""
        return self.filter(accepted_at__isnull=True, expires_at__gt=timezone.now())

    def addressed_to(self, user: "AnyUser") -> Self:
        """Sent to an address the user has proved to own."""
        if not user.is_authenticated:
            return self.none()
        addresses = user.emailaddress_set  # type: ignore[attr-defined] # allauth's
        own = addresses.filter(verified=True).values_list(Lower("email"))
        return self.filter(email__in=own)

    def manageable_by(self, user: "AnyUser") -> Self:
        """Of the organisations the user owns; superusers see all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_superuser:
            return self.all()
        owned = user.memberships.filter(role="owner").values("organisation")
        return self.filter(organisation__in=owned)


class MemberQuerySet(models.QuerySet):
    """Questions about members."""

    def visible_to(self, user: "AnyUser") -> Self:
        """Those of the user's own organisations; administrators see all."""
        if not user.is_authenticated:
            return self.none()
        if user.is_administrator:
            return self.all()
        return self.filter(organisation__in=user.memberships.values("organisation"))

    def other_owners(self, member: "Member") -> Self:
        """Who else owns the member's organisation and is not suspended."""
        owners = self.filter(role="owner", user__is_active=True)
        return owners.filter(organisation=member.organisation_id).exclude(pk=member.pk)


class ApiTokenQuerySet(models.QuerySet):
    """Questions about API tokens."""

    def usable(self) -> Self:
        """Neither revoked nor past their date, of a user who is not suspended."""
        now = timezone.now()
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            revoked_at__isnull=True,
            user__is_active=True,
        )


class AuditEventQuerySet(models.QuerySet):
    """Questions about what was done."""

    def about(self, obj: models.Model) -> Self:
        """Everything done to this object, oldest first."""
        return self.filter(object_type=obj._meta.label_lower, object_id=obj.pk).order_by("at", "pk")

    def visible_to(self, user: "AnyUser") -> Self:
        """Administrators see everything, owners what concerns their organisations."""
        if not user.is_authenticated:
            return self.none()
        if user.is_administrator:
            return self.all()
        owned = user.memberships.filter(role="owner").values("organisation")
        return self.filter(organisation__in=owned)

    def with_names(self) -> Self:
        """Newest first, with the names of actor and organisation at hand."""
        return self.select_related("actor", "organisation").order_by("-at", "-pk")


class NotificationQuerySet(models.QuerySet):
    """Questions about what was told."""

    def for_user(self, user: "AnyUser") -> Self:
        """The user's own, newest first."""
        if not user.is_authenticated:
            return self.none()
        rows = self.filter(recipient=user).select_related("recipient")
        return rows.order_by("-created_at", "-pk")

    def unread(self) -> Self:
        """Not yet opened."""
        return self.filter(read_at__isnull=True)

    def awaiting_delivery(self) -> Self:
        """Not yet put into an e-mail although its recipient wants e-mails."""
        return self.filter(delivery__isnull=True, email_wanted=True)

    def due_for_delivery(self) -> Self:
        """Awaiting delivery, and the reader's hour has come: at once, or the next digest.

        What is held back (``email_after``) waits until then.

        Asks the database which time zones are concerned before it answers.
        """
        waiting = self.awaiting_delivery().filter(recipient__is_active=True)
        rhythms = waiting.filter(recipient__email_rhythm__in=["daily", "weekly"])
        pairs = rhythms.order_by().values_list("recipient__email_rhythm", "recipient__time_zone")
        now = timezone.now()
        waiting = waiting.filter(Q(email_after__isnull=True) | Q(email_after__lte=now))
        due = Q(recipient__email_rhythm="at_once")
        for rhythm, zone in pairs.distinct():
            due |= Q(
                recipient__email_rhythm=rhythm,
                recipient__time_zone=zone,
                created_at__lt=latest_digest(rhythm, zone, now),
            )
        return waiting.filter(due)


class DeliveryQuerySet(models.QuerySet):
    """Questions about outgoing e-mails."""

    def due(self) -> Self:
        """Neither sent nor given up, and their next attempt is due."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True, due_at__lte=timezone.now())

    def undelivered(self) -> Self:
        """Neither sent nor given up, due or not."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)


class KeptAnswerQuerySet(models.QuerySet):
    """Questions about answers kept for requests that are sent again."""

    LIFETIME = timedelta(hours=24)

    def current(self) -> Self:
        """Those of the last 24 hours: the same request again still gets them."""
        return self.filter(at__gt=timezone.now() - self.LIFETIME)

    def over(self) -> Self:
        """Older ones, which nobody gets any more."""
        return self.filter(at__lte=timezone.now() - self.LIFETIME)
