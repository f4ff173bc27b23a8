"""Counting queries that find nothing, or nothing worth opening, without keeping who asked."""

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from matching.models import AnsweredQuery, UnansweredQuery
from matching.text.tokens import fold

ENOUGH = 3  # different visitors until a query is written down
REMEMBERED = 30 * 24 * 3600  # seconds that a query waits for them
OPENED_WITHIN = 30 * 60  # seconds in which a result is opened, or the query was abandoned
_LONGEST = 200


def note_unanswered(words: str, *, visitor: str) -> None:
    """Count a query that found nothing, once a day for each visitor.

    ``visitor`` tells visitors apart; only a keyed hash of it with the words and the day is kept,
    in the cache, for a day. Until three have asked, so are the words. Longer texts are not counted.
    """
    text = " ".join(fold(words).lower().split())
    if not text or len(text) > _LONGEST:
        return
    today = timezone.localdate()
    key = salted_hmac("unanswered", f"{visitor}\n{text}\n{today}").hexdigest()
    if not cache.add(f"unanswered:by:{key}", 1, 24 * 3600):
        return
    rows = UnansweredQuery.objects.filter(text=text)
    if rows.update(count=F("count") + 1, last_day=today):
        return
    waiting = f"unanswered:{salted_hmac('unanswered', text).hexdigest()}"
    cache.add(waiting, 0, REMEMBERED)
    try:
        asked = cache.incr(waiting)
    except ValueError:  # the cache was emptied or came back between the two calls
        return
    if asked >= ENOUGH:
        row = {"count": ENOUGH, "last_day": today}
        UnansweredQuery.objects.get_or_create(text=text, defaults=row)


def note_results(words: str, *, visitor: str) -> None:
    """Count a query whose results somebody sees, once a day for each visitor.

    Kept and counted as :func:`note_unanswered` does; besides, the cache remembers for half an hour
    that this visitor may open one.
    """
    text = _text_of(words)
    key = _visit(text, visitor) if text else None
    if key is None or not cache.add(f"shown:by:{key}", 1, 24 * 3600):
        return
    cache.set(f"shown:open:{key}", 1, OPENED_WITHIN)
    today = timezone.localdate()
    rows = AnsweredQuery.objects.filter(text=text)
    if rows.update(shown=F("shown") + 1, last_day=today):
        return
    if _count(f"shown:{_hidden(text)}") >= ENOUGH:
        opened = int(cache.get(f"shown:opened:{_hidden(text)}") or 0)
        row = {"shown": ENOUGH, "opened": min(opened, ENOUGH), "last_day": today}
        AnsweredQuery.objects.get_or_create(text=text, defaults=row)


def note_opened(words: str, *, visitor: str) -> None:
    """Count that somebody opened a result of a query, once for each time it was counted as shown.

    After half an hour, or for a query that this visitor was not shown, nothing happens.
    """
    text = _text_of(words)
    if not text or not cache.delete(f"shown:open:{_visit(text, visitor)}"):
        return
    if not AnsweredQuery.objects.filter(text=text).update(opened=F("opened") + 1):
        _count(f"shown:opened:{_hidden(text)}")


def _text_of(words: str) -> str:
    """The query as it is counted; empty for what is not."""
    text = " ".join(fold(words).lower().split())
    return text if len(text) <= _LONGEST else ""


def _visit(text: str, visitor: str) -> str:
    """Names a visitor's query of a day, so that neither can be read from it."""
    day = timezone.localdate()
    return salted_hmac("answered", f"{visitor}\n{text}\n{day}").hexdigest()


def _hidden(text: str) -> str:
    return salted_hmac("answered", text).hexdigest()


def _count(key: str) -> int:
    """Count up in the cache; 0 where it was emptied in the meantime."""
    cache.add(key, 0, REMEMBERED)
    try:
        return cache.incr(key)
    except ValueError:
        return 0
