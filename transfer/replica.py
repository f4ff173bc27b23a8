"""Searches, lists and details read from a replica, where there is one (`DATABASE_REPLICA_URL`).

Only what a GET of the catalogue reads goes there: the listings and what matching keeps of them.
Whoever changes something goes on with the primary, in that request, and afterwards until the
replica has replayed the change (:mod:`accounts.replica`). Administrators, workers, conversations,
accounts and every transaction stay with the primary.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from accounts import replica
from accounts.replica_watch import watch
from accounts.visitors import made_before
from transfer.middleware import GetResponse

PAGES = {"achievements", "matching"}  # by the namespace of their routes
PACKAGES = {"achievements", "matching"}  # whose tables are read there, and two beside them
BESIDE = {"accounts.organisation", "accounts.region"}
# Counters that a search moves and nobody reads back from the page: they keep nobody from it.
COUNTERS = {
    "matching.answeredquery",
    "matching.querystatistics",
    "matching.unansweredquery",
}


class _Reading:
    """From where one request reads; settled when it first does, when it is known who asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.alias: str | None = None
        self.behind = 0.0
        self.writes = False

    def choose(self) -> str:
        """The replica if it has all that the user wrote."""
        if self.alias is None:
            self.alias = DEFAULT_DB_ALIAS
            user: Any = self.request.user
            if not (user.is_authenticated and user.is_administrator) and replica.serves(user.pk):
                self.alias, self.behind = replica.ALIAS, replica.standing().behind
                watch()
        return self.alias

    def note_write(self) -> None:
        """From here on the request reads what it wrote itself."""
        self.alias, self.writes = DEFAULT_DB_ALIAS, True


_reading: ContextVar[_Reading | None] = ContextVar("reading", default=None)


class ReplicaRouter:
    """Django's question which database a model is read from or written to."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """The replica inside a request that reads from it and outside of any transaction."""
        reading = _reading.get()
        if reading is None or not _is_there(model):
            return DEFAULT_DB_ALIAS
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return DEFAULT_DB_ALIAS
        return reading.choose()

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        """The primary; what the request reads next comes from there, too."""
        reading = _reading.get()
        if reading is not None and _is_there(model) and model._meta.label_lower not in COUNTERS:
            reading.note_write()
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        """Rows of both are the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The replica gets its tables by replaying the log."""
        return db != replica.ALIAS


def _is_there(model: type[Model]) -> bool:
    return model._meta.app_label in PACKAGES or model._meta.label_lower in BESIDE


class _AgainElsewhere(HttpResponse):
    """Stands for a page that the replica broke off."""


class ReplicaMiddleware:
    """Lets a view read from the replica; a replica that fails meanwhile costs a second attempt.

    It stands behind whatever finds out who asks, so all of that reads from the primary.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and remember a change for its author's next requests."""
        token = _reading.set(None)
        try:
            response = self.get_response(request)
            reading = _reading.get()
            if isinstance(response, _AgainElsewhere):
                replica.note_failure()
                request.from_primary = True  # type: ignore[attr-defined]
                _reading.set(None)
                response, reading = self.get_response(request), None
        finally:
            _reading.reset(token)
        if reading is not None and reading.alias == replica.ALIAS:
            made_before(response, reading.behind)
        elif request.method not in ("GET", "HEAD", "OPTIONS") or (reading and reading.writes):
            user = request.user
            if user.is_authenticated:
                replica.note_write(user.pk)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Begin to read from the replica where the route is one of the catalogue's."""
        if request.method in ("GET", "HEAD") and not hasattr(request, "from_primary"):
            match = request.resolver_match
            if match is not None and (match.namespace in PAGES or _is_catalogue(view)):
                _reading.set(_Reading(request))

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A server that went away, or broke a statement off to go on replaying, while it was read:
        the primary is asked instead. Whatever else fails is an error as ever."""
        reading = _reading.get()
        if reading is None or reading.alias != replica.ALIAS:
            return None
        return _AgainElsewhere() if isinstance(error, OperationalError | InterfaceError) else None


def _is_catalogue(view: Callable[..., Any]) -> bool:
    """Whether it is a viewset of the API of the packages whose pages are read there."""
    return hasattr(view, "cls") and view.cls.__module__.split(".")[0] in PAGES
