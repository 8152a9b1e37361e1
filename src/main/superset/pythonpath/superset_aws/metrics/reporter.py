"""What beat reports of its region, whether or not it is the one that schedules."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from superset_aws import redis_login
from superset_aws.metrics import gathered, queues
from superset_aws.queues_names import broker_prefix
from superset_aws.settings import Redis

logger = logging.getLogger(__name__)

REPORT_SECONDS = 30


def start(redis: Redis) -> None:
    """In a thread, for as long as the process lives."""
    client = redis_login.client(redis)
    store = gathered.InRedis(client, redis.key_prefix)
    prefix = broker_prefix(redis.key_prefix)
    reports: list[Callable[[float], None]] = [
        lambda now: queues.report(client, prefix, now),
        lambda now: gathered.report(store, now),
    ]
    threading.Thread(target=_run, args=(reports,), name="metrics", daemon=True).start()


def _run(reports: list[Callable[[float], None]]) -> None:
    while True:
        for report in reports:
            try:
                report(time.time())
            except Exception as problem:
                logger.warning("metrics are missing: %s", problem)
        time.sleep(REPORT_SECONDS)
