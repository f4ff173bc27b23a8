"""Is the site ready? Each part is asked with a short timeout; no detail leaks out."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from redis import Redis

from accounts import replica

logger = logging.getLogger(__name__)


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    with Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5
    ) as client:
        client.ping()


def _works(name: str, ask: Callable[[], None]) -> bool:
    try:
        ask()
    except Exception:  # whatever the reason: this part does not answer
        logger.warning("not ready: %s", name, exc_info=True)
        return False
    return True


def report() -> dict[str, str]:
    """The state of each part and of the whole.

    Without the database the site is `unavailable`; without the broker it is only `degraded`,
    because requests never wait for it and the sweep makes up for lost messages. So it is without
    its replica, if it has one, or while that is `late`: then the primary serves searches, too.
    """
    database, broker = _works("database", _database), _works("broker", _broker)
    word = {True: "ok", False: "unavailable"}
    parts = {"database": word[database], "broker": word[broker]}
    if replica.is_set():
        parts["replica"] = replica.standing().word
    degraded = any(state != "ok" for state in parts.values())
    whole = "unavailable" if not database else "degraded" if degraded else "ok"
    return {"status": whole, **parts}
