"""What web processes see, on its way to where the region puts it together; off the request path."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from superset_aws import redis_login
from superset_aws.metrics import gathered
from superset_aws.metrics.gathered import InMemory, InRedis, Store
from superset_aws.metrics.loads import Part, parts
from superset_aws.metrics.reporter import REPORT_SECONDS
from superset_aws.settings import Settings, current

logger = logging.getLogger(__name__)

#: What waits for Redis; more is dropped.
MOST_WAITING = 1000

#: Redis is not asked again for so long after it failed.
PAUSE_SECONDS = 5

#: A user who is there is not told again for so long.
AGAIN_SECONDS = 30
MOST_USERS = 10_000


class Watcher:
    """Of one process; begins anew in a child."""

    def __init__(self, store: Callable[[], Store], *, reports: bool) -> None:
        """
        :param reports: whether nobody else reports what the store has
        """
        self._make = store
        self._reports = reports
        self._guard = threading.Lock()
        self._pid = 0
        self._users: dict[int, float] = {}
        self._waiting: queue.Queue[tuple[int | None, Sequence[Part]]] = queue.Queue(MOST_WAITING)

    def note(self, user: int | None, action: str, records: Sequence[Any]) -> None:
        """An event of Superset's event log; waits for nothing."""
        with self._guard:
            if self._pid != os.getpid():
                self._begin()
            if user is not None and not self._is_new(user):
                user = None
        found = parts(records) if action == "log" else []
        if user is None and not found:
            return
        try:
            self._waiting.put_nowait((user, found))
        except queue.Full:
            logger.debug("users and loads of dashboards are not counted: too many wait")

    def _is_new(self, user: int) -> bool:
        now = time.monotonic()
        if now - self._users.get(user, float("-inf")) < AGAIN_SECONDS:
            return False
        if len(self._users) >= MOST_USERS:
            self._users.clear()
        self._users[user] = now
        return True

    def _begin(self) -> None:
        """In this process: nothing of the parent's, a thread of its own."""
        self._pid = os.getpid()
        self._users = {}
        self._waiting = queue.Queue(MOST_WAITING)
        threading.Thread(target=self._run, name="metrics", daemon=True).start()

    def _run(self) -> None:
        store, next_report = self._make(), time.monotonic() + REPORT_SECONDS
        while True:
            try:
                with contextlib.suppress(queue.Empty):
                    self._take(store, next_report - time.monotonic())
                if self._reports and time.monotonic() >= next_report:
                    next_report += REPORT_SECONDS
                    gathered.report(store, time.time())
            except Exception as problem:
                logger.warning("users and loads of dashboards are not counted: %s", problem)
                time.sleep(PAUSE_SECONDS)

    def _take(self, store: Store, seconds: float) -> None:
        """What waits longest; without reports of its own it need not wake before there is any."""
        user, found = self._waiting.get(timeout=max(0.0, seconds) if self._reports else None)
        if user is not None:
            store.saw(user, time.time())
        if found:
            store.add(found, time.time())


def watcher(settings: Settings) -> Watcher:
    """Of a process with these settings."""
    redis = settings.redis
    if redis is None:
        return Watcher(InMemory, reports=True)
    return Watcher(lambda: InRedis(redis_login.client(redis), redis.key_prefix), reports=False)


_watcher: Watcher | None = None


def note(user: int | None, action: str, records: Sequence[Any]) -> None:
    """As Watcher's. In web only: elsewhere users are those whom a task works for."""
    global _watcher
    if current().process != "web":
        return
    if _watcher is None:
        _watcher = watcher(current())
    _watcher.note(user, action, records)
