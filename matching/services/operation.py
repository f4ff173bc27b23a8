"""How the site runs: what waits and since when, for alerts, metrics and the status page."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from accounts import replica
from accounts.models import Delivery
from accounts.replica import Standing
from matching.services.outstanding import report

QUEUE = "celery"  # where workers take their messages from
LATE_SECONDS = 900  # work that waits longer than this needs a look
RECENT = timedelta(hours=1)  # over which latency and failed e-mails are looked at

_LATENCY = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
    ORDER BY extract(epoch FROM found.created_at - found.changed_at))
FROM (
    SELECT matched.created_at, greatest(demand.updated_at, candidate.updated_at) AS changed_at
    FROM matching_match AS matched
    JOIN achievements_listing AS demand ON demand.id = matched.demand_id
    JOIN achievements_listing AS candidate ON candidate.id = matched.candidate_id
    WHERE matched.created_at >= %s
) AS found
WHERE found.created_at >= found.changed_at
"""


@dataclass(frozen=True)
class Operation:
    """Figures of one moment. ``work``: by kind of work, how much waits, and the oldest's seconds.

    ``queue``: messages for workers, None while the broker is away. ``matches``: found in the
    last hour; ``latency_…``: median and 95th percentile of the seconds from the last change of
    either listing until then, None without any. ``failed_mail``: given up lately. ``copy``:
    what is known of the read replica, None where there is none.
    """

    work: dict[str, dict[str, Any]]
    queue: int | None
    matches: int
    latency_median: float | None
    latency_p95: float | None
    failed_mail: int
    copy: Standing | None = None

    @property
    def replica(self) -> str | None:
        """The read replica in a word, None where there is none."""
        return None if self.copy is None else self.copy.word

    @property
    def late(self) -> list[str]:
        """Kinds of work of which something waits for more than a quarter of an hour."""
        return [
            name for name, line in self.work.items() if (line["oldest_seconds"] or 0) > LATE_SECONDS
        ]

    @property
    def degraded(self) -> bool:
        """Whether anything needs a look."""
        missing = self.queue is None or self.replica not in (None, "ok")
        return missing or bool(self.late) or bool(self.failed_mail)


def operation() -> Operation:
    """Ask the database and the broker now; a few short statements, nothing is changed.

    A match whose listings have changed again since it was found is not looked at for latency.
    """
    since = timezone.now() - RECENT
    with connection.cursor() as cursor:
        cursor.execute(_LATENCY, [since])
        matches, percentiles = cursor.fetchone()
    return Operation(
        work=report(),
        queue=_queue_length(),
        matches=matches,
        latency_median=percentiles and percentiles[0],
        latency_p95=percentiles and percentiles[1],
        failed_mail=Delivery.objects.filter(failed_at__gte=since).count(),
        copy=replica.standing() if replica.is_set() else None,
    )


def _queue_length() -> int | None:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5
        ) as broker:
            return int(broker.llen(QUEUE))
    except (RedisError, OSError):
        return None
