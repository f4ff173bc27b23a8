"""What a visitor has written before signing in, kept in the session until it is sent."""

from typing import Any

from django.http import HttpRequest

KEY = "introduction_drafts"
MOST = 5


def keep_draft(request: HttpRequest, listing_id: int, draft: dict[str, str]) -> None:
    """Keep the draft about a listing; of more than ``MOST`` the oldest goes."""
    drafts: dict[str, Any] = request.session.get(KEY, {})
    drafts.pop(str(listing_id), None)
    drafts[str(listing_id)] = draft
    request.session[KEY] = dict(list(drafts.items())[-MOST:])


def kept_draft(request: HttpRequest, listing_id: int) -> dict[str, str]:
    """The draft about a listing; empty when there is none."""
    draft: dict[str, str] = request.session.get(KEY, {}).get(str(listing_id), {})
    return draft


def drop_draft(request: HttpRequest, listing_id: int) -> None:
    """Forget the draft about a listing."""
    drafts = request.session.get(KEY, {})
    if drafts.pop(str(listing_id), None) is not None:
        request.session[KEY] = drafts
