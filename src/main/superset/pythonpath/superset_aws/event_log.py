"""Superset's event log, off the request path.

An event is a JSON line on standard output at once, so that it is durable in the log group before
the answer leaves. Its row in the table `logs`, which the activity pages read, follows from a
thread in batches. A dashboard that is opened makes some twenty of them; one commit each cost a
request a round trip to the writer, which may be in another region.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, current_app
from superset.utils import json
from superset.utils.log import DBEventLogger

from superset_aws.metrics import web
from superset_aws.metrics.lines import QUERY_EXECUTION_TIME, record

logger = logging.getLogger(__name__)

#: The events' own logger: never filtered by level.
events = logging.getLogger("superset.events")

FLUSH_SECONDS = 1.0
BATCH_ROWS = 500
MOST_ROWS = 20_000


class BatchedEventLogger(DBEventLogger):
    """Named by EVENT_LOGGER."""

    def __init__(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._guard = threading.Lock()
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._pid = 0
        self._app: Flask | None = None
        #: What surrounds an event while it lasts: traces have a span there.
        self.around: Callable[[str, Mapping[str, Any]], AbstractContextManager[Any]] = (
            lambda action, payload: nullcontext()
        )

    @contextmanager
    def log_context(
        self,
        action: str,
        object_ref: str | None = None,
        log_to_statsd: bool = True,
        **payload: Any,
    ) -> Iterator[Callable[..., None]]:
        """As Superset's."""
        with (
            self.around(action, payload),
            super().log_context(action, object_ref, log_to_statsd, **payload) as add,
        ):
            yield add

    def log(
        self,
        user_id: int | None,
        action: str,
        dashboard_id: int | None,
        duration_ms: int | None,
        slice_id: int | None,
        referrer: str | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Write the lines now and the rows soon."""
        records = kwargs.get("records") or [kwargs.get("curated_payload") or {}]
        rows = [
            {
                "action": action,
                "json": _json(record),
                "dashboard_id": dashboard_id or record.get("dashboard_id"),
                "slice_id": slice_id or record.get("slice_id"),
                "duration_ms": duration_ms,
                "referrer": referrer,
                "user_id": user_id,
                "dttm": datetime.now(UTC).replace(tzinfo=None),
            }
            for record in records
        ]
        for row in rows:
            events.info("event", extra={**row, "dttm": row["dttm"].isoformat()})
        self._add(rows)
        web.note(user_id, action, records)

    def log_with_context(
        self,
        action: str,
        duration: timedelta | None = None,
        object_ref: str | None = None,
        log_to_statsd: bool = True,
        database: Any = None,
        **payload: Any,
    ) -> None:
        """As Superset's, which knows here only how long a query took, and where."""
        super().log_with_context(
            action, duration, object_ref, log_to_statsd, database=database, **payload
        )
        if action == "execute_sql" and database is not None and duration is not None:
            milliseconds = round(duration.total_seconds() * 1000, 3)
            record({QUERY_EXECUTION_TIME: milliseconds}, database.database_name)

    def flush(self) -> None:
        """Write the rows that wait; those that cannot be written wait on."""
        if self._app is None or self._pid != os.getpid():
            return
        with self._flushing:
            while True:
                with self._guard:
                    batch = self._rows[:BATCH_ROWS]
                if not batch:
                    return
                try:
                    self._insert(batch)
                except Exception as problem:
                    logger.warning("rows of the event log wait: %s", problem)
                    return
                with self._guard:
                    del self._rows[: len(batch)]

    def _add(self, rows: list[dict[str, Any]]) -> None:
        with self._guard:
            if self._pid != os.getpid():
                self._begin()
            lost = max(0, len(self._rows) + len(rows) - MOST_ROWS)
            self._rows.extend(rows[: len(rows) - lost])
            many = len(self._rows) >= BATCH_ROWS
        if lost:
            logger.error("%d rows of the event log are only in the log lines", lost)
        if many:
            self._wake.set()

    def _begin(self) -> None:
        """In this process: no row of the parent's, a thread of its own."""
        self._pid = os.getpid()
        self._rows = []
        self._flushing = threading.Lock()
        self._wake = threading.Event()
        self._app = current_app._get_current_object()
        threading.Thread(target=self._run, name="event-log", daemon=True).start()
        atexit.register(self.flush)

    def _run(self) -> None:
        while True:
            self._wake.wait(FLUSH_SECONDS)
            self._wake.clear()
            self.flush()

    def _insert(self, batch: list[dict[str, Any]]) -> None:
        from superset.extensions import db
        from superset.models.core import Log

        assert self._app is not None
        with self._app.app_context(), db.engine.begin() as connection:
            connection.execute(Log.__table__.insert(), batch)


def _json(record: dict[str, Any]) -> str | None:
    try:
        return str(json.dumps(record))
    except Exception:
        return None


event_logger = BatchedEventLogger()
