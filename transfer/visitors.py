"""Pages kept for a few seconds for everybody who is not signed in.

Visitors, feed readers and search engines ask for the same lists again and again, and making one
takes a hundred times as long as giving it out. What views mark as the same for all visitors
(:mod:`accounts.visitors`) a process keeps for ``VISITOR_PAGES_SECONDS``, so a visitor sees a change
at most that late; who is signed in always sees the newest. Browsers ask each time whether a page
has changed, and are told so without it.
"""

import gzip
import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language_from_request

from accounts.visitors import EachTime, age_of, each_time_of

logger = logging.getLogger(__name__)

MOST_BYTES = 32_000_000  # of one process; a compressed list is 15 kB
OVERHEAD = 2_000  # bytes that a page takes besides its content
LARGEST = 1_000_000  # bytes of one answer
LONGEST = 500  # characters of an address

_OWN_WORDS = b"csrfmiddlewaretoken"  # a form that belongs to one visitor


@dataclass
class _Page:
    """An answer as it was given, and when it was made."""

    content: bytes
    headers: dict[str, str]
    each_time: tuple[EachTime, ...]
    made_at: float = field(default_factory=monotonic)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.content) + OVERHEAD

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Give it out again, or say that the client has it already (304)."""
        for call in self.each_time:
            call(request)
        return _unless_unchanged(request, HttpResponse(self.content, headers=self.headers))


class KeptPages:
    """The pages that a process keeps, for all its threads; the longest unused go first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: OrderedDict[Hashable, _Page] = OrderedDict()
        self._size = 0

    def find(self, key: Hashable, *, seconds: float) -> _Page | None:
        """The page, if it is not older than this.

        Of those who find it too old only the first is told so and makes it anew; the others get it
        as it is for as long again.
        """
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None
            if monotonic() < page.made_at + seconds:
                self._pages.move_to_end(key)
                return page
            page.made_at = monotonic()
            return None

    def keep(self, key: Hashable, page: _Page) -> None:
        """Keep it in the place of the one before."""
        with self._lock:
            self._drop(key)
            self._pages[key] = page
            self._size += page.size
            while self._size > MOST_BYTES:
                self._drop(next(iter(self._pages)))

    def forget(self) -> None:
        """Keep nothing any more."""
        with self._lock:
            self._pages.clear()
            self._size = 0

    def drop(self, key: Hashable) -> None:
        """Give it to nobody any more: it cannot be made anew."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._size -= page.size


KEPT = KeptPages()


class VisitorPagesMiddleware:
    """Answers visitors with what another visitor was just answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give out what is kept; keep what may be."""
        seconds = settings.VISITOR_PAGES_SECONDS
        if not seconds or not _is_visitor(request):
            return self.get_response(request)
        key = _key(request)
        page = KEPT.find(key, seconds=seconds)
        return self._made_anew(request, key) if page is None else page.answer(request)

    def _made_anew(self, request: HttpRequest, key: Hashable) -> HttpResponse:
        """What the view says now; nothing is kept of a page that is gone or out of order.

        The view is asked for the whole answer, also by a client that has it already: what it is
        told, that nothing has changed, could not be kept for the others.
        """
        begun, page = monotonic(), None
        had = request.META.pop("HTTP_IF_NONE_MATCH", None)
        try:
            response = self.get_response(request)
            page = _page(response, begun)
        finally:
            if had is not None:
                request.META["HTTP_IF_NONE_MATCH"] = had
            if page is None:
                KEPT.drop(key)
        if page is None:
            return _unless_unchanged(request, response)
        KEPT.keep(key, page)
        return _Page(page.content, page.headers, ()).answer(request)  # counted by the view


def _unless_unchanged(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, or a 304 where the client has it already."""
    etag = response.get("ETag")
    if etag is None:
        return response
    return get_conditional_response(request, etag=etag, response=response) or response


def _is_visitor(request: HttpRequest) -> bool:
    """Whether nothing in the request tells who asks, and nothing but an address is asked for."""
    meta = request.META
    return (
        request.method == "GET"
        and "HTTP_AUTHORIZATION" not in meta
        and "HTTP_HX_REQUEST" not in meta
        and len(meta.get("QUERY_STRING", "")) + len(request.path) <= LONGEST
        and request.COOKIES.keys() <= {settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    )


def _key(request: HttpRequest) -> Hashable:
    """What an answer to a visitor depends on, as short for a long header as for any other."""
    meta = request.META
    parts = (
        request.scheme,
        meta.get("HTTP_HOST"),
        meta.get("HTTP_X_FORWARDED_HOST"),
        meta.get("SERVER_NAME"),
        meta.get("SERVER_PORT"),
        request.path,
        meta.get("QUERY_STRING", ""),
        meta.get("HTTP_ACCEPT") if request.path.startswith("/api/") else None,
        "gzip" in meta.get("HTTP_ACCEPT_ENCODING", ""),
        get_language_from_request(request),
    )
    return blake2b(ascii(parts).encode(), digest_size=16).digest()


def _page(response: HttpResponse, begun: float) -> _Page | None:
    """The answer as it can be kept, as old as what it was read from; None where it must not be."""
    calls = each_time_of(response)
    if calls is None or response.status_code != 200 or response.streaming or response.cookies:
        return None
    if len(response.content) > LARGEST:
        return None
    text = response.content
    if response.get("Content-Encoding") == "gzip":
        text = gzip.decompress(text)
    if _OWN_WORDS in text or "'nonce-" in response.get("Content-Security-Policy", ""):
        logger.error("a page marked as the same for all visitors holds what belongs to one")
        return None
    if not response.has_header("ETag"):
        response["ETag"] = f'"{blake2b(text, digest_size=16).hexdigest()}"'
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private, no-cache"
    return _Page(response.content, dict(response.items()), calls, begun - age_of(response))
