"""Noting that a result of a search was opened."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from matching.query_syntax import parse_query
from matching.services.unanswered import note_opened

_OPENED = frozenset(f"achievements:{kind}_detail" for kind in ("achievement", "demand", "expert"))


class OpenedResultMiddleware:
    """Counts for curators that the page before was a search and this one is a listing.

    The browser says where it comes from, within this site only; whose browser it is, is not kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer first; count only what was found."""
        response = self.get_response(request)
        words = _searched(request) if response.status_code == 200 else ""
        if words:
            note_opened(words, visitor=visitor_of(request))
        return response


def visitor_of(request: HttpRequest) -> str:
    """What tells one visitor from another for a day; only a keyed hash of it is used."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    return f"{request.META.get('REMOTE_ADDR', '')} {request.META.get('HTTP_USER_AGENT', '')}"


def _searched(request: HttpRequest) -> str:
    """The words of the search that the visitor comes from; empty when from elsewhere."""
    match = request.resolver_match
    if request.method != "GET" or match is None or match.view_name not in _OPENED:
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
