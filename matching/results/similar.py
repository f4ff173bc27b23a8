"""Listings like another one."""

from django.db.models import OuterRef, Subquery
from pgvector.django import CosineDistance

from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.models import IndexEntry

MOST = 4
# The cosine of two directions from which listings are alike: unrelated ones lie around 0 with a
# deviation of about 0.1.
ALIKE = 0.25


def similar_listings(listing: Listing, rows: ListingQuerySet) -> ListingQuerySet:
    """At most four of the rows that are of the listing's kind and nearest to it, nearest first.

    ``rows`` are what the reader may see; only live ones are taken. Empty while the listing has no
    embedding. One statement, with organisation and region of each.
    """
    own = IndexEntry.objects.filter(pk=listing.pk).values("direction")[:1]
    way = CosineDistance("direction", Subquery(own))
    seen = rows.published().exclude(pk=listing.pk).order_by().values("pk")
    near = (
        IndexEntry.objects.filter(kind=listing.kind, direction__isnull=False, pk__in=seen)
        .annotate(distance=way)
        .filter(distance__lte=1 - ALIKE)
        .order_by("distance", "pk")
    )
    distance = IndexEntry.objects.filter(pk=OuterRef("pk")).annotate(distance=way)
    found = Listing.objects.filter(pk__in=near.values("pk")[:MOST])
    ordered = found.annotate(distance=Subquery(distance.values("distance")[:1]))
    return ordered.select_related("organisation__region", "region", "expert").order_by(
        "distance", "pk"
    )
