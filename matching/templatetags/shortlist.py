"""The button that puts a listing on the shortlist."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from achievements.models import Listing
from matching.models import ShortlistEntry

register = template.Library()


@register.inclusion_tag("matching/_shortlist_button.html", takes_context=True)
def shortlist_button(context: Context, listing: Listing, place: Any = "") -> dict[str, Any]:
    """For owners and editors of the acting organisation, of listings that are not its own.

    One query a page, whatever the number of buttons; none for anybody else.
    """
    site = context.get("site")
    if site is None or not site.may_post:
        return {}
    organisation = site.active_organisation
    if listing.organisation_id == organisation.pk:
        return {}
    listed = _listed(context["request"], organisation.pk)
    return {"listing": listing, "on": listing.pk in listed, "place": place}


def _listed(request: HttpRequest, organisation_id: int) -> frozenset[int]:
    """What is on the list, asked once a request."""
    known: frozenset[int] | None = getattr(request, "shortlisted", None)
    if known is None:
        rows = ShortlistEntry.objects.filter(organisation=organisation_id)
        known = frozenset(rows.values_list("listing_id", flat=True))
        request.shortlisted = known  # type: ignore[attr-defined]
    return known
