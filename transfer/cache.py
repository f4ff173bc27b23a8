"""The cache: Redis that may be away. Its absence is a miss, not an error."""

import logging
import time
from collections.abc import Callable
from typing import Any, ClassVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class FailOpenRedisCache(RedisCache):
    """Django's Redis cache that answers "not there" while the server cannot be reached.

    A server that hangs costs one short wait: after an attempt in vain, this process asks it
    nothing for some seconds.
    """

    QUIET_SECONDS = 5.0
    _quiet_until: ClassVar[
        dict[str, float]
    ] = {}  # by address: each thread has an object of its own

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._address = str(server)

    def is_away(self) -> bool:
        """Whether this process found the server away a moment ago."""
        return time.monotonic() < self._quiet_until.get(self._address, 0.0)

    def _or(self, missing: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self.is_away():
            return missing
        try:
            return call(*args, **kwargs)
        except (RedisError, OSError) as error:
            self._quiet_until[self._address] = time.monotonic() + self.QUIET_SECONDS
            logger.warning("cache unreachable: %s", type(error).__name__)
            return missing

    def add(self, *args: Any, **kwargs: Any) -> Any:
        """True while away: the caller goes on as the first one would."""
        return self._or(True, super().add, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """The default while away."""
        return self._or(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Nothing is kept while away."""
        self._or(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        """False while away."""
        return self._or(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """False while away."""
        return self._or(False, super().delete, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing found while away."""
        return self._or({}, super().get_many, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        """False while away."""
        return self._or(False, super().has_key, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> Any:
        """The first count while away. A key that is not there is a ValueError, as in Django."""
        return self._or(delta, super().incr, key, delta, version)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        """Nothing is kept while away, and no key is reported as failed."""
        return self._or([], super().set_many, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        """Nothing happens while away."""
        self._or(None, super().delete_many, *args, **kwargs)

    def clear(self) -> Any:
        """False while away."""
        return self._or(False, super().clear)
