"""Celery's scheduler: in every region, at work only in one.

Whoever holds a lock on the writer schedules; it falls with the connection.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from celery.beat import PersistentScheduler
from celery.signals import beat_init

from superset_aws import pulse
from superset_aws.database import metadata
from superset_aws.database.fence import fence
from superset_aws.metrics import reporter
from superset_aws.settings import current

logger = logging.getLogger(__name__)

#: Key of the advisory lock: "schedule" in ASCII. Any number that no one else uses on this database.
LOCK = 0x7363686564756C65

#: In the writer's session, so that it notices within half a minute that we are gone.
_SESSION = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4"


class WriterLock:
    """The lock, on a connection of its own."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._address: Any = None

    def is_held(self) -> bool:
        """Whether we hold it now; takes it where it is free. Never where we are fenced."""
        connector = metadata.connector()
        if reason := fence().refusal():
            self._give_up(reason)
            return False
        try:
            address = connector.writer.address()
            if self._connection is not None and address != self._address:
                self._give_up("the writer is elsewhere")
            if self._connection is not None:
                self._ask("SELECT 1")
                return True
            return self._take(address)
        except Exception as problem:
            self._give_up(str(problem))
            return False

    def _take(self, address: Any) -> bool:
        self._connection = metadata.connector().connect_to_writer(options=_SESSION)
        self._connection.autocommit = True
        self._address = address
        if self._ask(f"SELECT pg_try_advisory_lock({LOCK})"):
            logger.info("this beat schedules")
            return True
        self._close()
        return False

    def _ask(self, statement: str) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    def _give_up(self, reason: str) -> None:
        if self._connection is not None:
            logger.warning("this beat schedules no longer: %s", reason)
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()
        self._connection = None


class Scheduler(PersistentScheduler):
    """Looks at its schedule at least every few seconds, and says so."""

    max_interval = pulse.BEAT_SECONDS

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_interval"] = pulse.BEAT_SECONDS
        self._lock = WriterLock()
        self._schedules = False
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> Any:
        """One look, where this is the one that schedules."""
        pulse.beat()
        schedules = self._lock.is_held()
        if schedules and not self._schedules:
            self._begin_now()
        self._schedules = schedules
        if not schedules:
            return pulse.BEAT_SECONDS
        return super().tick(*args, **options)

    def _begin_now(self) -> None:
        """As if everything had just been done. What another beat did meanwhile is not known here,
        and a report that comes twice is worse than one that comes a minute later."""
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now()
        self._heap = None


@beat_init.connect
def report(**_: Any) -> None:
    """Also where another region schedules: the queues are this region's."""
    redis = current().redis
    assert redis is not None
    reporter.start(redis)
