"""When digests are due: at eight in the morning where the reader is, weekly ones on Monday."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

DIGEST_TIME = time(8)
MONDAY = 0


def latest_digest(rhythm: str, time_zone: str, now: datetime) -> datetime:
    """The last moment at or before ``now`` at which a ``daily`` or ``weekly`` digest was due.

    What was told before that moment belongs into the digest; later news waits for the next. In a
    night when the clocks change, the hour is still eight by the reader's clock.
    """
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    day = local.date()
    if rhythm == "weekly":
        day -= timedelta(days=(day.weekday() - MONDAY) % 7)
    moment = datetime.combine(day, DIGEST_TIME, tzinfo=zone)
    if moment > local:
        day -= timedelta(days=7 if rhythm == "weekly" else 1)
        moment = datetime.combine(day, DIGEST_TIME, tzinfo=zone)
    return moment


def tomorrow_morning(time_zone: str, now: datetime) -> datetime:
    """The hour of digests on the reader's next calendar day."""
    zone = ZoneInfo(time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, DIGEST_TIME, tzinfo=zone)
