"""Listings like the one of a page."""

from typing import Any

from django import template

from achievements.cards import organisation_of
from achievements.models import Listing
from achievements.permissions import Reader
from achievements.presentation import fallback_language
from matching.results.similar import similar_listings

register = template.Library()


@register.inclusion_tag("matching/_similar.html")
def similar_to(listing: Listing, user: Any) -> dict[str, Any]:
    """At most four live listings of the same kind that this user may see; one statement."""
    rows = Listing.objects.visible_to(user)
    reader = Reader(user)
    return {
        "cards": [
            {
                "title": row.title,
                "lang": fallback_language(row),
                "url": row.get_absolute_url(),
                **organisation_of(row if row.kind != Listing.Kind.EXPERT else row.expert, reader),
            }
            for row in similar_listings(listing, rows)
        ]
    }
