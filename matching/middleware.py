"""Noting that a listing was opened, and that it was a result of a search."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from matching.query_syntax import parse_query
from matching.services.exposure import OPENINGS, note_shown
from matching.services.unanswered import note_opened

_OPENED = frozenset(f"achievements:{kind}_detail" for kind in ("achievement", "demand", "expert"))


class OpenedResultMiddleware:
    """Counts openings of listings for their owners, and for curators that the page before was a
    search.

    The browser says where it comes from, within this site only; whose browser it is, is not kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer first; count only what was found."""
        response = self.get_response(request)
        if response.status_code == 200 and _opens_a_listing(request):
            _count(request, response)
        words = _searched(request) if response.status_code == 200 else ""
        if words:
            note_opened(words, visitor=visitor_of(request))
        return response


def visitor_of(request: HttpRequest) -> str:
    """What tells one visitor from another for a day; only a keyed hash of it is used."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return f"{request.META.get('REMOTE_ADDR', '')} {request.META.get('HTTP_USER_AGENT', '')}"


def _opens_a_listing(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.method == "GET" and match is not None and match.view_name in _OPENED


def _count(request: HttpRequest, response: HttpResponse) -> None:
    """Count the opening, unless by somebody who edits the listing (the page knows)."""
    shown = getattr(response, "context_data", None) or {}
    if not shown.get("may_edit") and request.resolver_match is not None:
        pk = request.resolver_match.kwargs["pk"]
        note_shown([pk], place=OPENINGS, reader=request.user)


def _searched(request: HttpRequest) -> str:
    """The words of the search that the visitor comes from; empty when from elsewhere."""
    if not _opens_a_listing(request):
        return ""
    before = urlsplit(request.headers.get("referer", "")[:4000])
    if before.netloc != request.get_host() or not before.query:
        return ""
    try:
        if resolve(before.path).view_name != "matching:search":
            return ""
    except Resolver404:
        return ""
    return parse_query(parse_qs(before.query).get("q", [""])[0][:2000]).words
