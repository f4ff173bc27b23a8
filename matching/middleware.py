"""Noting that a listing was opened, and that it was a result of a search."""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from accounts.visitors import each_time_of, same_for_visitors
from matching.search.query_syntax import parse_query
from matching.services.exposure import OPENINGS, note_page
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
            counted = _counting(request, response)
            _note_opening(request, counted)
            if each_time_of(response) is not None:
                same_for_visitors(
                    request, response, each_time=partial(_note_opening, listing=counted)
                )
        return response


def visitor_of(request: HttpRequest) -> str:
    """What tells one visitor from another for a day; only a keyed hash of it is used."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user {user.pk}"
    return f"{request.META.get('REMOTE_ADDR', '')} {request.META.get('HTTP_USER_AGENT', '')}"


def _opens_a_listing(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.method == "GET" and match is not None and match.view_name in _OPENED


def _counting(request: HttpRequest, response: HttpResponse) -> int | None:
    """The listing whose opening counts; None for somebody who edits it (the page knows)."""
    shown = getattr(response, "context_data", None) or {}
    if shown.get("may_edit") or request.resolver_match is None:
        return None
    number: int = request.resolver_match.kwargs["pk"]
    return number


def _note_opening(request: HttpRequest, listing: int | None) -> None:
    """Count the opening of a listing, and of a result when the page before was a search."""
    if listing is not None:
        note_page(request, [listing], place=OPENINGS)
    words = _searched(request)
    if words:
        note_opened(words, visitor=visitor_of(request))


def _searched(request: HttpRequest) -> str:
    """The words of the search that the visitor comes from; empty when from elsewhere."""
    before = urlsplit(request.headers.get("referer", "")[:4000])
    if before.netloc != request.get_host() or not before.query:
        return ""
    try:
        if resolve(before.path).view_name != "matching:search":
            return ""
    except Resolver404:
        return ""
    return parse_query(parse_qs(before.query).get("q", [""])[0][:2000]).words
