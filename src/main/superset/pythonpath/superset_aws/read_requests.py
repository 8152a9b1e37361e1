"""Which requests are known to change nothing of the metadata database."""

from __future__ import annotations

import re

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

#: Known to read although the method says otherwise: data of charts, and events, whose rows follow
#: outside of the request.
_READS = re.compile(r"/api/v1/chart/data|/superset/log/|/superset/explore_json/")

#: The state of filters and of explore, where it lies in Redis.
_REDIS = re.compile(r"/api/v1/dashboard/[^/]+/filter_state|/api/v1/explore/form_data")

#: Known to write although the method says otherwise: who signs in.
_WRITES = re.compile(r"/login|/logout|/oauth-authorized|/register")


def is_known_to_read(method: str, path: str, with_redis: bool) -> bool:
    """Whether a request is known to change nothing."""
    if method in _SAFE_METHODS:
        return not _WRITES.match(path)
    return bool(_READS.match(path) or (with_redis and _REDIS.match(path)))
