"""Notifications that say the same of several listings."""

from accounts.models import Notification, User
from tests.factories import NotificationFactory


def told_of_matches(user: User) -> list[Notification]:
    """One, two and three new matches for "Listing 1" to "Listing 3"."""
    return [
        NotificationFactory(
            recipient=user,
            kind="matches_found",
            data={"count": number, "title_en": f"Listing {number}", "title_zh": ""},
        )
        for number in (1, 2, 3)
    ]
