"""What search and matching do when the catalogue tells of a change."""

from typing import Any

from django.dispatch import receiver

from achievements.signals import listings_changed
from matching.services.indexing import refresh_entries


@receiver(listings_changed, dispatch_uid="matching.listings_changed")
def index_changed_listings(sender: Any, *, listing_ids: list[int], **kwargs: Any) -> None:
    """Bring the text of the index up to date inside the transaction of the change."""
    refresh_entries(listing_ids)
