"""Asynchronous chart queries: Superset's manager, with a Redis that authenticates with IAM.

Superset builds the connection from settings that know only passwords (get_cache_backend in
superset/async_events/async_query_manager.py), so its place is taken.
"""

from __future__ import annotations

from typing import Any

import superset.async_events.async_query_manager as manager
from redis import Redis as Client
from superset.async_events.cache_backend import RedisCacheBackend

from superset_aws import redis_login
from superset_aws.settings import Redis, current

#: Longer than anybody waits for a chart.
STREAM_SECONDS = 3600


class _Backend(RedisCacheBackend):
    """Streams of events in Redis."""

    def __init__(self, redis: Redis) -> None:
        options: dict[str, Any] = redis_login.options(redis)
        self._cache = Client(host=redis.host, port=redis.port, **options)
        self.key_prefix = ""
        self.default_timeout = 300

    def xadd(
        self,
        stream_name: str,
        event_data: dict[str, Any],
        event_id: str = "*",
        maxlen: int | None = None,
    ) -> Any:
        """Superset's streams, one per session, would stay for ever."""
        added = super().xadd(stream_name, event_data, event_id, maxlen)
        self._cache.expire(stream_name, STREAM_SECONDS)
        return added


class AsyncQueryManager(manager.AsyncQueryManager):
    """Named by GLOBAL_ASYNC_QUERY_MANAGER_CLASS."""

    def init_app(self, app: Any) -> None:
        """As Superset's, with another connection."""
        redis = current().redis
        assert redis is not None
        original = manager.get_cache_backend
        manager.get_cache_backend = lambda config: _Backend(redis)
        try:
            super().init_app(app)
        finally:
            manager.get_cache_backend = original
