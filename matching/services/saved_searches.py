"""Saved searches: keeping a query string with a name, and telling what is new in it, once."""

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import notify, record_audit
from achievements.models import Listing
from achievements.querysets import ListingQuerySet
from matching.filtersets import SearchFilterSet
from matching.models import Arrival, IndexEntry, SavedSearch, SavedSearchHit

logger = logging.getLogger(__name__)

MOST = 100  # saved searches a user may keep
NAMED = 5  # titles that one alert names
PAUSES = {
    User.Rhythm.AT_ONCE: timedelta(0),
    User.Rhythm.DAILY: timedelta(days=1),
    User.Rhythm.WEEKLY: timedelta(days=7),
}
# What another sweep has noted meanwhile may be committed a little after its date.
LAG = timedelta(minutes=15)
BATCH = 1000


def tidy_query(query: str) -> str:
    """The parameters of a search that mean something, in a fixed order, without the page.

    Raises ValidationError where a filter cannot be read.
    """
    given = QueryDict(mutable=True)
    for name, value in parse_qsl(query.removeprefix("?")):
        given.appendlist(name, value)
    search = SearchFilterSet(given, Listing.objects.none())
    if not search.is_valid():
        raise ValidationError({"query": [str(e) for es in search.errors.values() for e in es]})
    kept = [
        (name, value)
        for name in search.filters
        for value in given.getlist(name)
        if name != "ordering"
    ]
    return urlencode(kept)


@transaction.atomic
def create_saved_search(
    *, by: User, name: str, query: str = "", rhythm: str = User.Rhythm.DAILY
) -> SavedSearch:
    """Keep a search. What is published from now on is reported in the chosen rhythm.

    Raises ValidationError for a name in use, an unreadable filter, or when the user has too many.
    """
    if SavedSearch.objects.of(by).count() >= MOST:
        raise ValidationError(
            _("You have %(count)s saved searches, which is the most. Delete one first.")
            % {"count": MOST}
        )
    saved = SavedSearch(user=by, name=name.strip(), query=tidy_query(query), rhythm=rhythm)
    saved.full_clean()
    saved.save()
    record_audit(by=by, verb="saved_search.create", obj=saved, rhythm=rhythm)
    return saved


@transaction.atomic
def update_saved_search(saved: SavedSearch, *, by: User, **changes: str) -> SavedSearch:
    """Change ``name``, ``query`` or ``rhythm``; raises ValidationError for what does not fit."""
    saved = SavedSearch.objects.select_for_update().get(pk=saved.pk)
    for field in ("name", "query", "rhythm"):
        if field in changes:
            value = changes[field]
            setattr(saved, field, tidy_query(value) if field == "query" else value.strip())
    saved.full_clean()
    saved.save()
    record_audit(by=by, verb="saved_search.update", obj=saved, rhythm=saved.rhythm)
    return saved


@transaction.atomic
def delete_saved_search(saved: SavedSearch, *, by: User) -> None:
    """Forget a search and what it reported."""
    record_audit(by=by, verb="saved_search.delete", obj=saved)
    saved.delete()


def results_of(saved: SavedSearch, rows: ListingQuerySet) -> ListingQuerySet:
    """Those of the rows that the search finds for its user."""
    request = HttpRequest()
    request.user = saved.user
    search = SearchFilterSet(QueryDict(saved.query), rows, request=request)
    return search.found()


def search_address(saved: SavedSearch, **extra: str) -> str:
    """The address of the search page with this search."""
    query = "&".join(filter(None, (saved.query, urlencode(extra))))
    return f"{reverse('matching:search')}?{query}" if query else reverse("matching:search")


def alert_saved_searches() -> int:
    """Tell the users of all due searches what is new; returns how many were told something.

    Several sweeps may run at once: a search that another one looks at is left to it. One that fails
    is logged and stays due, and the others are told all the same; without a database none is.
    """
    told = 0
    if SavedSearch.objects.exists():
        note_arrivals()
    now = timezone.now()
    # By a clock that was ahead; what came until that moment would never be looked at.
    SavedSearch.objects.filter(checked_until__gt=now).update(checked_until=now)
    for rhythm, pause in PAUSES.items():
        due = SavedSearch.objects.filter(
            rhythm=rhythm, checked_until__lte=now - pause, user__is_active=True
        )
        for key in list(due.values_list("pk", flat=True)):
            try:
                told += _alert(key, pause)
            except Exception:
                if not connection.is_usable():
                    raise
                logger.exception("saved search %s failed and is tried again", key)
    return told


def note_arrivals() -> int:
    """Note which listings can be found in full by now, new or changed; returns how many.

    However late a listing is committed or embedded, it arrives after that, and alerts go by
    arrival. Noting again changes nothing; several processes may do it at once.
    """
    noted = 0
    while True:
        now = timezone.now()
        found = IndexEntry.objects.newly_findable().filter(listing__updated_at__lte=now)
        keys = list(found.order_by("pk").values_list("pk", flat=True)[:BATCH])
        Arrival.objects.bulk_create(
            (Arrival(listing_id=key, at=now) for key in keys),
            update_conflicts=True,
            unique_fields=["listing"],
            update_fields=["at"],
        )
        noted += len(keys)
        if len(keys) < BATCH:
            return noted


def _not_reported(saved: SavedSearch) -> ListingQuerySet:
    """What came since the search was last looked through and was not told of yet, of others."""
    since = saved.checked_until - LAG
    # By words a listing is found before its embedding is made, so the date counts as well.
    fresh = Q(published_at__gt=since) | Q(arrival__at__gt=since)
    rows = Listing.objects.visible_to(saved.user).published()
    rows = rows.filter(fresh, published_at__gt=saved.created_at)
    rows = rows.exclude(saved_search_hits__saved_search=saved)
    found: ListingQuerySet = rows.exclude(pk__in=Listing.objects.owned_by(saved.user).values("pk"))
    return found


def next_digest(saved: SavedSearch) -> tuple[datetime | None, ListingQuerySet]:
    """When the search is looked through next, None for never, and what it would tell of now.

    Nothing is told or noted by looking. The newest first.
    """
    pause = PAUSES.get(User.Rhythm(saved.rhythm))
    rows = results_of(saved, _not_reported(saved)).order_by("-published_at", "-pk")
    return (None if pause is None else saved.checked_until + pause), rows


@transaction.atomic
def _alert(key: int, pause: timedelta) -> bool:
    """Report one search: hits, notification and time stand or fall together."""
    locked = SavedSearch.objects.select_for_update(skip_locked=True, of=("self",))
    now = timezone.now()
    saved = locked.filter(pk=key, checked_until__lte=now - pause).select_related("user").first()
    if saved is None:
        return False
    rows = _not_reported(saved)
    candidates = rows.exists()
    new = list(results_of(saved, rows).order_by("-published_at", "-pk")) if candidates else []
    if new:
        SavedSearchHit.objects.bulk_create(
            SavedSearchHit(saved_search=saved, listing=listing) for listing in new
        )
        _tell(saved, new)
    if candidates or pause:
        saved.checked_until = now
        saved.save(update_fields=["checked_until"])
    return bool(new)


def _tell(saved: SavedSearch, new: list[Listing]) -> None:
    named: list[dict[str, Any]] = [
        {
            "title_en": listing.title_en or listing.title_zh,
            "title_zh": listing.title_zh or listing.title_en,
            "path": listing.get_absolute_url(),
            "listing": listing.pk,
        }
        for listing in new[:NAMED]
    ]
    notify(
        recipients=[saved.user],
        kind="saved_search_hits",
        key=f"saved_search:{saved.pk}:{new[0].pk}:{len(new)}:{saved.checked_until.isoformat()}",
        path=reverse("matching:saved_search_detail", args=[saved.pk]),
        data={
            "name": saved.name,
            "count": len(new),
            "more": max(len(new) - NAMED, 0),
            "listings": named,
        },
    )
