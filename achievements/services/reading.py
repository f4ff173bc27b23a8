"""Who read a listing that is not for everyone."""

from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.querysets import AuditEventQuerySet
from accounts.services import record_audit
from achievements.models import Listing
from achievements.permissions import Reader
from achievements.services.content import parent_of

_LOCK = 7403


def record_reading(listings: Iterable[Listing], *, by: User | None) -> None:
    """Write down that listings were read which are not public, by somebody of another side.

    Once for each user, listing and day. Public listings cost no query. Audit event
    ``listing.open``.
    """
    closed = [one for one in listings if one.visibility != Listing.Visibility.PUBLIC]
    if by is None or not closed:
        return
    reader = Reader(by)
    others = [one for one in closed if not reader.is_of_own_side(one)]
    if not _unrecorded(others, by):
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The same page asked for twice at once: the second waits, and finds the first's events.
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, by.pk % 2**31])
        for listing in _unrecorded(others, by):
            record_audit(
                by=by,
                verb="listing.open",
                obj=parent_of(listing),
                organisation=listing.organisation,
                visibility=listing.visibility,
            )


def _unrecorded(listings: Sequence[Listing], by: User) -> list[Listing]:
    """Those that the user had not read today, of the user's own time zone."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    events = AuditEvent.objects.filter(
        object_type=Listing._meta.label_lower,
        object_id__in=[one.pk for one in listings],
        verb="listing.open",
        actor=by,
        at__gte=today,
    )
    recorded = set(events.values_list("object_id", flat=True))
    return [one for one in listings if one.pk not in recorded]


def history_of(listing: Listing) -> AuditEventQuerySet:
    """What happened to a listing (its row of the common table), the earliest first.

    Openings are left to the audit list: they would crowd out the changes.
    """
    return AuditEvent.objects.about(listing).exclude(verb="listing.open").select_related("actor")
