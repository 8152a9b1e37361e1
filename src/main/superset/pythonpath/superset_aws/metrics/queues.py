"""How many tasks wait in Celery's queues, and for how long."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

from redis import Redis as Client

from superset_aws.metrics.lines import QUEUE_AGE, QUEUE_DEPTH, record
from superset_aws.queues_names import QUEUES

#: Header of a message: when it was published, in seconds since the epoch. Celery has none of its
#: own that says it.
PUBLISHED_AT = "published_at"


def stamp(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Of Celery's signal before_task_publish."""
    if headers is not None:
        headers[PUBLISHED_AT] = time.time()


def report(client: Client, prefix: str, now: float) -> None:
    """Write the lines: one of each queue, and one of all together.

    :param prefix: of the broker's keys
    """
    waiting: dict[str, tuple[int, float]] = {}
    for queue in QUEUES:
        # kombu adds at the left and takes at the right.
        depth, oldest = _asked(client, f"{prefix}{queue}")
        waiting[queue] = depth, age(oldest, now)
    for queue, (depth, seconds) in waiting.items():
        record({QUEUE_DEPTH: depth, QUEUE_AGE: seconds}, queue, in_total=False)
    total = sum(depth for depth, _ in waiting.values())
    record({QUEUE_DEPTH: total, QUEUE_AGE: max(seconds for _, seconds in waiting.values())})


def _asked(client: Client, name: str) -> tuple[int, bytes | None]:
    pipeline = client.pipeline(transaction=False)
    pipeline.llen(name)
    pipeline.lindex(name, -1)
    depth, oldest = pipeline.execute()
    return int(depth), oldest


def age(message: bytes | None, now: float) -> float:
    """Seconds since a message was published; 0 where there is none, or it does not say so.

    Clocks of two tasks differ by milliseconds: never less than 0.
    """
    if message is None:
        return 0.0
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        envelope = json.loads(message)
        headers: Mapping[str, Any] = envelope.get("headers", {})
        if PUBLISHED_AT in headers:
            return round(max(0.0, now - float(headers[PUBLISHED_AT])), 3)
    return 0.0
