"""Which requests are known to change nothing of the metadata database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

#: Known to read although the method says otherwise: data of charts, and events, whose rows follow
#: outside of the request.
_READS = re.compile(r"/api/v1/chart/data|/superset/log/|/superset/explore_json/")

#: The state of filters and of explore, where it lies in Redis.
_REDIS = re.compile(r"/api/v1/dashboard/[^/]+/filter_state|/api/v1/explore/form_data")

#: Known to write although the method says otherwise: who signs in at a provider, and out.
_WRITES = re.compile(r"/logout|/oauth-authorized|/register")

#: Those that may change who somebody is or what he may do, beside the ones that write.
_PERMISSIONS = re.compile(
    r"/api/v1/(security|me)\b|/login"
    r"|/(users?|roles?|groups?|userinfo|resetmypassword|resetpassword)\b"
)

#: Whether it is being asked who somebody is and what he may do.
_asks_permission: ContextVar[bool] = ContextVar("asks_permission", default=False)


def is_known_to_read(method: str, path: str, with_redis: bool) -> bool:
    """Whether a request is known to change nothing."""
    if method in _SAFE_METHODS:
        return not _WRITES.match(path)
    return bool(_READS.match(path) or (with_redis and _REDIS.match(path)))


def changes_permissions(path: str) -> bool:
    """Whether a request may change who somebody is or what he may do."""
    return bool(_WRITES.match(path) or _PERMISSIONS.match(path))


@contextmanager
def permission() -> Iterator[None]:
    """What is read inside is the user of the request, or whether he may do something: that is as
    right from the replica for who changes a dashboard as it is for who looks at it."""
    token = _asks_permission.set(True)
    try:
        yield
    finally:
        _asks_permission.reset(token)


def asks_permission() -> bool:
    """Whether we are inside."""
    return _asks_permission.get()
