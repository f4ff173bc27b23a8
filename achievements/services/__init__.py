"""What can be done with the catalogue."""

from achievements.services.lifecycle import (
    approve_listing,
    close_listing,
    expire_listings,
    publish_listing,
    reject_listing,
    renew_listing,
    reopen_listing,
    submit_listing,
    withdraw_listing,
)

__all__ = [
    "approve_listing",
    "close_listing",
    "expire_listings",
    "publish_listing",
    "reject_listing",
    "renew_listing",
    "reopen_listing",
    "submit_listing",
    "withdraw_listing",
]
