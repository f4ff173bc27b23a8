"""What search and matching do when the catalogue or an organisation tells of a change."""

from typing import Any

from django.dispatch import receiver

from accounts.redacting import Names
from accounts.signals import organisation_changed
from achievements.signals import listings_changed, person_erased
from matching.services.forgetting import forget_person
from matching.services.hurry import hurry_listings
from matching.services.indexing import forget_organisation, refresh_entries
from matching.services.soundings import refresh_titles


@receiver(listings_changed, dispatch_uid="matching.listings_changed")
def index_changed_listings(
    sender: Any, *, listing_ids: list[int], texts: bool = True, **kwargs: Any
) -> None:
    """Bring the index's text up to date inside the transaction, unless it says the same as before;
    hurry workers after it."""
    if texts:
        refresh_entries(listing_ids)
        refresh_titles(listing_ids)
    hurry_listings(listing_ids)


@receiver(person_erased, dispatch_uid="matching.person_erased")
def forget_erased_person(
    sender: Any, *, listing_ids: list[int], profiles: list[int], names: Names, **kwargs: Any
) -> None:
    """What was read of the profiles and said of them in matches, panels and shortlists goes."""
    forget_person(listing_ids=listing_ids, profiles=profiles, names=names)


@receiver(organisation_changed, dispatch_uid="matching.organisation_changed")
def redo_entries_of_organisation(sender: Any, *, organisation_id: int, **kwargs: Any) -> None:
    """An organisation may have thousands of listings, so its entries wait for the workers."""
    hurry_listings(forget_organisation(organisation_id))
