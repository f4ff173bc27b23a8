"""Finding listings that are nearly the same, and saying that two are not."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.services import record_audit
from achievements.fingerprints import Fingerprint, fingerprint_of
from achievements.models import Listing
from matching.models import DuplicatePair, ListingFingerprint
from matching.text.documents import document_of, load_listings

_LOOKED_AT = 60  # listings that share a band or the title
_KINDS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.DEMAND)
_STATES = (Listing.State.IN_REVIEW, Listing.State.PUBLISHED)
ADVISORY_DUPLICATES = 7405


def outstanding_fingerprints(limit: int) -> list[int]:
    """Submitted and published listings whose text was not compared since it changed."""
    rows = Listing.objects.filter(kind__in=_KINDS, state__in=_STATES)
    rows = rows.exclude(disclosure=Listing.Disclosure.SEALED)
    late = Q(fingerprint__isnull=True) | Q(fingerprint__source_at__lt=F("updated_at"))
    return list(rows.filter(late).order_by("updated_at", "pk").values_list("pk", flat=True)[:limit])


def find_duplicates(limit: int = 50) -> int:
    """Compare the texts of outstanding listings with all of their kind; returns how many.

    Safe to repeat and to run twice at once: one of the two then has nothing to do.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADVISORY_DUPLICATES])
            if not cursor.fetchone()[0]:
                return 0
        return compare_texts(outstanding_fingerprints(limit))


@transaction.atomic
def compare_texts(listing_ids: Iterable[int]) -> int:
    """Write the fingerprints of these listings and the pairs they make; returns how many.

    Pairs that are no longer alike go, unless somebody has decided on them.
    """
    listings = load_listings(listing_ids)
    made: dict[int, Fingerprint] = {}
    for listing in listings:
        document = document_of(listing)
        made[listing.pk] = fingerprint_of(document.title_text, document.whole_text)
    ListingFingerprint.objects.bulk_create(
        [
            ListingFingerprint(
                listing_id=listing.pk,
                minima=made[listing.pk].minima,
                bands=made[listing.pk].bands,
                title=made[listing.pk].title,
                source_at=listing.updated_at,
            )
            for listing in listings
        ],
        update_conflicts=True,
        unique_fields=["listing"],
        update_fields=["minima", "bands", "title", "source_at"],
    )
    for listing in listings:
        _write_pairs(listing.pk, listing.kind, made[listing.pk])
    return len(listings)


def _write_pairs(pk: int, kind: str, print_: Fingerprint) -> None:
    near = Q(bands__overlap=print_.bands)
    if print_.title is not None:
        near |= Q(title=print_.title)
    rows = ListingFingerprint.objects.filter(near, listing__kind=kind).exclude(pk=pk)
    found: dict[tuple[int, int], tuple[Decimal, bool]] = {}
    for row in rows.order_by("-pk")[:_LOOKED_AT]:
        other = Fingerprint(bytes(row.minima), row.bands, row.title)
        alike = print_.alike(other)
        if alike is not None:
            likeness, same = alike
            key = (min(pk, row.pk), max(pk, row.pk))
            found[key] = (Decimal(str(round(likeness, 2))), same)
    pairs = DuplicatePair.objects.filter(Q(first=pk) | Q(second=pk))
    for pair in pairs.filter(decided_at__isnull=True):
        if (pair.first_id, pair.second_id) not in found:
            pair.delete()
    DuplicatePair.objects.bulk_create(
        [
            DuplicatePair(first_id=first, second_id=second, likeness=likeness, same_title=same)
            for (first, second), (likeness, same) in found.items()
        ],
        update_conflicts=True,
        unique_fields=["first", "second"],
        update_fields=["likeness", "same_title"],
    )


@transaction.atomic
def mark_different(*, pair: DuplicatePair, by: User) -> DuplicatePair:
    """Say that two listings are not the same; they are not shown together again.

    Audit event ``duplicate.different``; saying it again changes nothing.
    """
    locked = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if locked.decided_at is None:
        locked.decided_by, locked.decided_at = by, timezone.now()
        locked.save(update_fields=["decided_by", "decided_at"])
        record_audit(
            by=by,
            verb="duplicate.different",
            obj=locked,
            listings=[locked.first_id, locked.second_id],
        )
    return locked
