"""Counting queries that find nothing, without keeping who asked."""

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from matching.models import UnansweredQuery
from matching.text import fold

ENOUGH = 3  # different visitors until a query is written down
REMEMBERED = 30 * 24 * 3600  # seconds that a query waits for them
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
