"""Superset's caches: in Redis, one prefix each; in the process where there is no Redis."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask_caching.backends.rediscache import RedisCache
from redis.exceptions import RedisError

from superset_aws import redis_login
from superset_aws.settings import Redis, Settings

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: Seconds in which Redis is not asked again after it failed: a page makes dozens of look-ups, and
#: each would wait for the time limit.
PAUSE_SECONDS = 5


class SharedCache(RedisCache):
    """Redis, without which pages still open: a look-up that fails is a miss."""

    _closed_until = 0.0

    def get(self, key: str) -> Any:
        """The value; None when there is none or Redis does not answer."""
        return self._asked(lambda: super(SharedCache, self).get(key), None)

    def get_many(self, *keys: str) -> list[Any]:
        """The values, in order."""
        return self._asked(lambda: super(SharedCache, self).get_many(*keys), [None] * len(keys))

    def set(self, key: str, value: Any, timeout: int | None = None) -> Any:
        """Whether the value was kept."""
        return self._asked(lambda: super(SharedCache, self).set(key, value, timeout), False)

    def add(self, key: str, value: Any, timeout: int | None = None) -> Any:
        """Whether the value was new and kept."""
        return self._asked(lambda: super(SharedCache, self).add(key, value, timeout), False)

    def delete(self, key: str) -> Any:
        """Whether there was a value."""
        return self._asked(lambda: super(SharedCache, self).delete(key), False)

    def has(self, key: str) -> bool:
        """Whether there is a value."""
        return bool(self._asked(lambda: super(SharedCache, self).has(key), False))

    def _asked(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        if time.monotonic() < SharedCache._closed_until:
            return otherwise
        try:
            return ask()
        except RedisError as problem:
            SharedCache._closed_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("the cache does not answer: %s", problem)
            return otherwise


def _cache(redis: Redis | None, purpose: str, timeout: int) -> dict[str, Any]:
    if redis is None:
        return {
            "CACHE_TYPE": "SimpleCache",
            "CACHE_THRESHOLD": 500,
            "CACHE_DEFAULT_TIMEOUT": timeout,
        }
    return {
        "CACHE_TYPE": "superset_aws.caches.SharedCache",
        "CACHE_REDIS_HOST": redis.host,
        "CACHE_REDIS_PORT": redis.port,
        "CACHE_KEY_PREFIX": f"{redis.key_prefix}:{purpose}:",
        "CACHE_DEFAULT_TIMEOUT": timeout,
        "CACHE_OPTIONS": redis_login.options(redis),
    }


_DAY = 86_400


def caches(settings: Settings) -> dict[str, Any]:
    """The caches by purpose.

    Without Redis the state of filters and of the explore page must still be the same in every
    process, or a shared link works only in one of them: the metadata database keeps it then.
    """
    redis = settings.redis
    configured = {
        "CACHE_CONFIG": _cache(redis, "metadata", _DAY),
        "DATA_CACHE_CONFIG": _cache(redis, "data", settings.cache_timeout),
        "THUMBNAIL_CACHE_CONFIG": _cache(redis, "thumbnails", 7 * _DAY),
        "CACHE_DEFAULT_TIMEOUT": settings.cache_timeout,
    }
    for name, purpose in (
        ("FILTER_STATE_CACHE_CONFIG", "filters"),
        ("EXPLORE_FORM_DATA_CACHE_CONFIG", "explore"),
    ):
        if redis is not None:
            configured[name] = {
                **_cache(redis, purpose, 90 * _DAY),
                "REFRESH_TIMEOUT_ON_RETRIEVAL": True,
            }
    return configured


def results_backend(redis: Redis) -> RedisCache:
    """Where workers leave the rows of asynchronous SQL Lab queries."""
    return RedisCache(
        host=redis.host,
        port=redis.port,
        db=0,
        default_timeout=_DAY,
        key_prefix=f"{redis.key_prefix}:results:",
        **redis_login.options(redis),
    )
