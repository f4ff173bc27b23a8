"""What search and matching do when the catalogue tells of a change."""

from typing import Any

from django.dispatch import receiver

from achievements.signals import listings_changed
from matching.services.hurry import hurry_listings
from matching.services.indexing import refresh_entries


@receiver(listings_changed, dispatch_uid="matching.listings_changed")
def index_changed_listings(sender: Any, *, listing_ids: list[int], **kwargs: Any) -> None:
    """Bring the index's text up to date inside the transaction; hurry workers after it."""
    refresh_entries(listing_ids)
    hurry_listings(listing_ids)
