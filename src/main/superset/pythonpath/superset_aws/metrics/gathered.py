"""What only a whole region knows: who is there, and the loads of dashboards.

A user and a load are seen by several processes. With Redis they put together there what they saw,
and beat, of which a region has one, reports it. Without Redis there is no beat: each web process
keeps and reports its own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from redis import Redis as Client

from superset_aws.metrics.lines import ACTIVE_USERS, DASHBOARD_LOAD_TIME, record
from superset_aws.metrics.loads import Part, Span, load_time

#: A user counts as active for so long.
ACTIVE_SECONDS = 300
MOST_USERS = 100_000

#: A load is reported when nothing more was heard of it for so long; what comes later, until it is
#: forgotten, makes a second and longer one of it.
QUIET_SECONDS = 20
KEPT_SECONDS = 900
MOST_LOADS = 10_000
MOST_SPANS = 500


class Load(NamedTuple):
    """An opening of a dashboard that is quiet.

    :ivar heard_at: when the last part came, seconds since the epoch
    :ivar reported: the longest time that was reported of it; 0: none
    """

    key: str
    heard_at: float
    page: Span
    charts: list[Span]
    reported: int


class Store(Protocol):
    """Where it is put together."""

    def add(self, parts: Sequence[Part], now: float) -> None:
        """Parts of loads; those of a page that was not opened are dropped."""

    def saw(self, user: int, now: float) -> None:
        """A user did something."""

    def quiet(self, now: float) -> list[Load]:
        """Loads of which nothing more was heard; each once, until more is heard of it."""

    def told(self, load: Load, milliseconds: int) -> None:
        """A load was reported."""

    def active(self, now: float) -> int:
        """How many users were seen lately."""


def report(store: Store, now: float) -> None:
    """Write the lines."""
    record({ACTIVE_USERS: store.active(now)})
    for load in store.quiet(now):
        milliseconds = load_time(load.page, load.charts)
        if milliseconds > load.reported:
            dashboard = load.key.partition(":")[0]
            record({DASHBOARD_LOAD_TIME: milliseconds}, dashboard, at=load.heard_at)
            store.told(load, milliseconds)


def _key(part: Part) -> str:
    return f"{part.dashboard}:{part.view}"


class InRedis:
    """For all processes of the region."""

    def __init__(self, client: Client, prefix: str) -> None:
        """
        :param prefix: of every key of the platform
        """
        self._client: Any = client
        self._prefix = f"{prefix}:metrics:"
        self._users = f"{self._prefix}users"
        self._heard = f"{self._prefix}heard"

    def add(self, parts: Sequence[Part], now: float) -> None:
        for part in parts:
            name, span = self._load(_key(part)), json.dumps(part.span)
            # Only the page itself makes the list.
            push = self._client.rpush if part.opens else self._client.rpushx
            if not push(name, span):
                continue
            pipeline = self._client.pipeline(transaction=False)
            pipeline.ltrim(name, 0, MOST_SPANS - 1)
            pipeline.expire(name, KEPT_SECONDS)
            pipeline.zadd(self._heard, {_key(part): now})
            pipeline.zremrangebyrank(self._heard, 0, -MOST_LOADS - 1)
            pipeline.expire(self._heard, KEPT_SECONDS)
            pipeline.execute()

    def saw(self, user: int, now: float) -> None:
        pipeline = self._client.pipeline(transaction=False)
        pipeline.zadd(self._users, {str(user): now})
        pipeline.zremrangebyrank(self._users, 0, -MOST_USERS - 1)
        pipeline.expire(self._users, ACTIVE_SECONDS)
        pipeline.execute()

    def quiet(self, now: float) -> list[Load]:
        found = self._client.zrangebyscore(
            self._heard, "-inf", now - QUIET_SECONDS, withscores=True
        )
        loads = []
        for member, heard_at in found:
            self._client.zrem(self._heard, member)
            key = member.decode()
            spans = [Span(*json.loads(one)) for one in self._client.lrange(self._load(key), 0, -1)]
            if spans:
                reported = int(self._client.get(self._told(key)) or 0)
                loads.append(Load(key, heard_at, spans[0], spans[1:], reported))
        return loads

    def told(self, load: Load, milliseconds: int) -> None:
        self._client.set(self._told(load.key), milliseconds, ex=KEPT_SECONDS)

    def active(self, now: float) -> int:
        return int(self._client.zcount(self._users, f"({now - ACTIVE_SECONDS}", "+inf"))

    def _load(self, key: str) -> str:
        return f"{self._prefix}load:{key}"

    def _told(self, key: str) -> str:
        return f"{self._prefix}told:{key}"


class InMemory:
    """For this process."""

    def __init__(self) -> None:
        self._users: dict[int, float] = {}
        self._loads: dict[str, list[Span]] = {}
        self._heard: dict[str, float] = {}
        self._due: set[str] = set()
        self._told: dict[str, int] = {}
        self._guard = threading.Lock()

    def add(self, parts: Sequence[Part], now: float) -> None:
        with self._guard:
            for part in parts:
                key = _key(part)
                if part.opens and len(self._loads) < MOST_LOADS:
                    self._loads.setdefault(key, [])
                if key in self._loads and len(self._loads[key]) < MOST_SPANS:
                    self._loads[key].append(part.span)
                    self._heard[key] = now
                    self._due.add(key)

    def saw(self, user: int, now: float) -> None:
        with self._guard:
            if user in self._users or len(self._users) < MOST_USERS:
                self._users[user] = now

    def quiet(self, now: float) -> list[Load]:
        with self._guard:
            for key in [one for one, at in self._heard.items() if now - at > KEPT_SECONDS]:
                del self._loads[key], self._heard[key]
                self._due.discard(key)
                self._told.pop(key, None)
            ready = [key for key in self._due if now - self._heard[key] >= QUIET_SECONDS]
            self._due.difference_update(ready)
            return [
                Load(
                    key,
                    self._heard[key],
                    self._loads[key][0],
                    self._loads[key][1:],
                    self._told.get(key, 0),
                )
                for key in ready
            ]

    def told(self, load: Load, milliseconds: int) -> None:
        with self._guard:
            self._told[load.key] = milliseconds

    def active(self, now: float) -> int:
        with self._guard:
            fresh = {user: at for user, at in self._users.items() if now - at < ACTIVE_SECONDS}
            self._users = fresh
            return len(fresh)
