"""Who opened a listing that is not for everyone."""

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.querysets import AuditEventQuerySet
from accounts.services import record_audit
from achievements.models import Listing
from achievements.permissions import is_of_own_side
from achievements.services.content import parent_of


def record_reading(listing: Listing, *, by: User | None) -> None:
    """Write down that a listing was opened which is not public, by somebody of another side.

    Once for each user, listing and day. A public listing costs no query. Audit event
    ``listing.open``.
    """
    if listing.visibility == Listing.Visibility.PUBLIC or by is None:
        return
    parent = parent_of(listing)
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    told = AuditEvent.objects.about(parent).filter(verb="listing.open", actor=by, at__gte=today)
    if is_of_own_side(by, listing) or told.exists():
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            # The same page asked for twice at once: the second waits, and finds the first's event.
            keys = [parent.pk % 2**31, by.pk % 2**31]
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", keys)
        if not told.all().exists():
            record_audit(
                by=by,
                verb="listing.open",
                obj=parent,
                organisation=listing.organisation,
                visibility=listing.visibility,
            )


def history_of(listing: Listing) -> AuditEventQuerySet:
    """What happened to a listing (its row of the common table), the earliest first.

    Openings are left to the audit list: they would crowd out the changes.
    """
    return AuditEvent.objects.about(listing).exclude(verb="listing.open").select_related("actor")
